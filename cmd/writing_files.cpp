#include "cmd/writing_files.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cmd/options.h"
#include "cmd/read_input.h"

namespace mailmgr {

void TextOptions::attach(CLI::App& cli) {
  auto* body = cli.add_option("--body", body_, "The text");
  cli.add_option("--body-file", body_file_, "A file with the text, or - for standard input")
      ->excludes(body)
      ->check(refuse_empty);
  cli.add_option("--html", html_file_, "A file with the HTML form, or - for standard input")->check(refuse_empty);
}

Status TextOptions::read(std::string_view command, std::optional<std::string>& text,
                         std::optional<std::string>& html) const {
  if (body_file_ == "-" && html_file_ == "-") {
    return Error{Code::usage, fmt::format("{}: standard input is either the text or the HTML", command),
                 "give one of them as a file"};
  }
  if (body_) text = *body_;
  if (!body_file_.empty()) {
    auto read = read_text_input(body_file_, fmt::format("{}: --body-file", command));
    if (!read) return read.error();
    text = *std::move(read);
  }
  if (!html_file_.empty()) {
    auto read = read_text_input(html_file_, fmt::format("{}: --html", command));
    if (!read) return read.error();
    html = *std::move(read);
  }
  return {};
}

}  // namespace mailmgr
