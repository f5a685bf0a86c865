// Query strings and urlencoded forms as the OAuth endpoints read them, and the little HTML the sandbox shows to people.
// A form keeps the order and the duplicates of what was sent, because both providers refuse duplicated parameters.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/sandbox/api.h"

namespace mailmgr::sandbox {

class Form {
 public:
  Form() = default;
  // nullopt where a percent escape is broken.
  static std::optional<Form> parse(std::string_view text);
  // The body of a POST, if its content type is application/x-www-form-urlencoded and it parses.
  static std::optional<Form> of_body(const Request& request);

  bool has(std::string_view name) const;
  // The first value of that name; empty if absent.
  std::string get(std::string_view name) const;
  std::vector<std::string> all(std::string_view name) const;
  // The first name that was sent more than once (RFC 6749 §3.1 forbids it).
  std::optional<std::string> duplicate() const;

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

// The words of a space-separated list, in order, without empty ones.
std::vector<std::string> split_words(std::string_view text);
std::string join_words(const std::vector<std::string>& words);

std::string escape_html(std::string_view text);

// A whole page; `title` is escaped here, `body` is HTML.
Response html_page(int status, std::string_view title, std::string_view body);
// 302 to `location`.
Response redirect_to(std::string location);
Response plain_text(int status, std::string text);

}  // namespace mailmgr::sandbox
