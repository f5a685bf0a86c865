#include "cmd/writing_files.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <iterator>

#include "cmd/options.h"
#include "core/base/blob.h"

namespace mailmgr {
namespace {

Result<std::string> read_text_file(const std::string& from, std::string_view command, std::string_view option) {
  if (from == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  auto blob = Blob::read_file(from);
  if (!blob) return blob.error().within(fmt::format("{}: {}", command, option));
  return blob->bytes();
}

}  // namespace

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
    auto read = read_text_file(body_file_, command, "--body-file");
    if (!read) return read.error();
    text = *std::move(read);
  }
  if (!html_file_.empty()) {
    auto read = read_text_file(html_file_, command, "--html");
    if (!read) return read.error();
    html = *std::move(read);
  }
  return {};
}

}  // namespace mailmgr
