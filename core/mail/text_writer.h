// Lays out text from HTML: collapses blanks, keeps paragraphs apart, prefixes quoted and indented lines. Private to
// this room.
#pragma once

#include <string>
#include <string_view>

namespace mailmgr::mail {

class TextWriter {
 public:
  void text(std::string_view words);         // blanks collapse into one space
  void preformatted(std::string_view text);  // every line as it stands
  void line_break();                         // <br>
  void new_line();                           // what follows begins on a line of its own
  void paragraph();                          // … after an empty line
  void cell();                               // what follows is parted from what stands on the line by " | "

  // Lines begun from now on are prefixed; `first` replaces the prefix once (the bullet of a list item).
  void push_prefix(std::string_view prefix, std::string_view first = {});
  void pop_prefix();

  std::size_t size() const { return out_.size(); }  // grows exactly when something visible is written
  std::string_view since(std::size_t size) const { return std::string_view(out_).substr(size); }
  std::string take();

 private:
  void begin();  // makes good what is pending before visible text

  std::string out_;
  std::string prefix_;
  std::string lengths_;                           // of the pushed prefixes, one byte each
  std::string bullet_;                            // replaces the end of prefix_ on the next line
  std::size_t blank_prefix_ = std::string::npos;  // how much of prefix_ the empty lines before the next text get
  std::size_t breaks_ = 0;                        // line ends due before the next text
  bool at_start_ = true;                          // nothing on this line yet
  bool space_ = false;                            // a blank is due
  bool cell_ = false;                             // a cell separator is due
};

}  // namespace mailmgr::mail
