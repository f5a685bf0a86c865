#include "tests/sandbox/form.h"

#include "core/base/encoding.h"

namespace mailmgr::sandbox {

std::optional<Form> Form::parse(std::string_view text) {
  Form form;
  while (!text.empty()) {
    const auto end = text.find('&');
    const auto field = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (field.empty()) continue;
    const auto equals = field.find('=');
    auto name = percent_decode(field.substr(0, equals), true);
    auto value = percent_decode(equals == std::string_view::npos ? std::string_view() : field.substr(equals + 1), true);
    if (!name || !value) return std::nullopt;
    form.fields_.emplace_back(std::move(*name), std::move(*value));
  }
  return form;
}

std::optional<Form> Form::of_body(const Request& request) {
  const auto type = request.header("Content-Type");
  const auto media = type.substr(0, type.find(';'));
  if (!equals_ignoring_ascii_case(media, "application/x-www-form-urlencoded")) return std::nullopt;
  return parse(request.body);
}

bool Form::has(std::string_view name) const {
  for (const auto& field : fields_)
    if (field.first == name) return true;
  return false;
}

std::string Form::get(std::string_view name) const {
  for (const auto& field : fields_)
    if (field.first == name) return field.second;
  return {};
}

std::vector<std::string> Form::all(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& field : fields_)
    if (field.first == name) values.push_back(field.second);
  return values;
}

std::optional<std::string> Form::duplicate() const {
  std::set<std::string_view> seen;
  for (const auto& field : fields_)
    if (!seen.insert(field.first).second) return field.first;
  return std::nullopt;
}

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const auto end = text.find(' ');
    if (end != 0) words.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return words;
}

std::string join_words(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) {
    if (!text.empty()) text += ' ';
    text += word;
  }
  return text;
}

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

Response html_page(int status, std::string_view title, std::string_view body) {
  Response response;
  response.status = status;
  response.headers = {{"Content-Type", "text/html; charset=utf-8"}, {"Cache-Control", "no-store"}};
  response.body = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" + escape_html(title) +
                  "</title>\n<style>body{font:16px/1.5 sans-serif;max-width:34em;margin:3em auto;padding:0 1em}"
                  "label{display:block;margin:.4em 0}button{font:inherit;padding:.4em 1.2em;margin-right:.6em}"
                  "code{background:#eee;padding:0 .2em}</style></head>\n<body>\n<h1>" +
                  escape_html(title) + "</h1>\n" + std::string(body) + "\n</body></html>\n";
  return response;
}

Response redirect_to(std::string location) {
  Response response;
  response.status = 302;
  response.headers = {{"Location", std::move(location)}, {"Cache-Control", "no-store"}};
  return response;
}

Response plain_text(int status, std::string text) {
  Response response;
  response.status = status;
  response.headers = {{"Content-Type", "text/plain; charset=utf-8"}};
  response.body = std::move(text);
  return response;
}

}  // namespace mailmgr::sandbox
