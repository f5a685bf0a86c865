#include "core/mail/text_writer.h"

#include <algorithm>

namespace mailmgr::mail {
namespace {

std::string_view without_end_blanks(std::string_view text) {
  return text.substr(0, text.find_last_not_of(" \t") + 1);
}

// The character at text[at] if it is one that people do not see: soft hyphen, zero-width space, combining grapheme
// joiner, byte order mark. Newsletters pad their previews with them. 0 if it is another.
std::size_t invisible(std::string_view text, std::size_t at) {
  const auto rest = text.substr(at, 3);
  if (rest.starts_with("\xC2\xAD") || rest.starts_with("\xCD\x8F")) return 2;
  return rest == "\xE2\x80\x8B" || rest == "\xEF\xBB\xBF" ? 3 : 0;
}

}  // namespace

void TextWriter::begin() {
  if (out_.empty()) breaks_ = 0;
  const bool fresh = breaks_ > 0 || out_.empty();
  for (; breaks_ > 0; --breaks_) {
    while (out_.ends_with(' ')) out_.pop_back();
    out_ += '\n';
    if (breaks_ > 1) out_ += without_end_blanks(std::string_view(prefix_).substr(0, blank_prefix_));
  }
  if (fresh) {
    const auto keep = prefix_.size() - std::min(prefix_.size(), bullet_.size());
    out_ += bullet_.empty() ? prefix_ : prefix_.substr(0, keep) + bullet_;
    bullet_.clear();
  } else if (cell_ && !at_start_) {
    out_ += " | ";
  } else if (space_ && !at_start_) {
    out_ += ' ';
  }
  blank_prefix_ = std::string::npos;
  cell_ = false;
  space_ = false;
  at_start_ = false;
}

void TextWriter::text(std::string_view words) {
  for (std::size_t i = 0; i < words.size();) {
    const auto byte = static_cast<unsigned char>(words[i]);
    const bool no_break_space = words.substr(i, 2) == "\xC2\xA0";
    if (byte <= 0x20 || no_break_space) {
      space_ = true;
      i += no_break_space ? 2 : 1;
    } else if (const auto length = byte >= 0x80 ? invisible(words, i) : 0; length > 0) {
      i += length;
    } else {
      if (space_ || cell_ || breaks_ > 0 || at_start_) begin();
      // The rest of this word at once; multi-byte characters are looked at one by one for the two tests above.
      const auto start = i++;
      while (byte < 0x80 && i < words.size() && static_cast<unsigned char>(words[i]) - 0x21U < 0x5FU) ++i;
      while (byte >= 0x80 && i < words.size() && (static_cast<unsigned char>(words[i]) & 0xC0) == 0x80) ++i;
      out_ += words.substr(start, i - start);
    }
  }
}

void TextWriter::preformatted(std::string_view text) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) {
      space_ = false;
      begin();
      out_ += line;
    }
    if (end == std::string_view::npos) return;
    line_break();
    text.remove_prefix(end + 1);
  }
}

void TextWriter::line_break() {
  // Long runs of <br> are layout, not text.
  breaks_ = std::min<std::size_t>(breaks_ + 1, 3);
  at_start_ = true;
  space_ = false;
}

void TextWriter::new_line() {
  if (!at_start_) line_break();
  cell_ = false;
}

void TextWriter::paragraph() {
  breaks_ = std::max<std::size_t>(breaks_, 2);
  blank_prefix_ = std::min(blank_prefix_, prefix_.size());
  at_start_ = true;
  space_ = false;
  cell_ = false;
}

void TextWriter::cell() {
  if (!at_start_) cell_ = true;
}

void TextWriter::push_prefix(std::string_view prefix, std::string_view first) {
  prefix = prefix.substr(0, 100);
  prefix_ += prefix;
  lengths_ += static_cast<char>(prefix.size());
  if (!first.empty()) bullet_ = first;
}

void TextWriter::pop_prefix() {
  if (lengths_.empty()) return;
  prefix_.resize(prefix_.size() - static_cast<std::size_t>(lengths_.back()));
  lengths_.pop_back();
  bullet_.clear();
}

std::string TextWriter::take() {
  while (out_.ends_with(' ')) out_.pop_back();
  if (!out_.empty()) out_ += '\n';
  return std::move(out_);
}

}  // namespace mailmgr::mail
