// The texts that `template set` and `signature set` take: as words, from files, or from standard input.
#pragma once

#include <optional>
#include <string>

#include "core/base/result.h"

namespace CLI {
class App;
}

namespace mailmgr {

class TextOptions {
 public:
  void attach(CLI::App& cli);  // --body, --body-file, --html
  // Replaces what is given and leaves the rest. `command` is for errors.
  Status read(std::string_view command, std::optional<std::string>& text, std::optional<std::string>& html) const;
  bool given() const { return body_ || !body_file_.empty() || !html_file_.empty(); }

 private:
  std::optional<std::string> body_;
  std::string body_file_, html_file_;
};

}  // namespace mailmgr
