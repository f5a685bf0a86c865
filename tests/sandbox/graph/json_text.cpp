#include "tests/sandbox/graph/json_text.h"

#include <algorithm>
#include <cstdio>

#include "core/base/encoding.h"
#include "core/base/time.h"

namespace mailmgr::sandbox::graph {

void JsonText::separate() {
  if (!fresh_) {
    out_ += ',';
  }
  fresh_ = false;
}

void JsonText::open(char bracket) {
  separate();
  out_ += bracket;
  fresh_ = true;
}

void JsonText::close(char bracket) {
  out_ += bracket;
  fresh_ = false;
}

void JsonText::key(std::string_view name) {
  separate();
  quote(name);
  out_ += ':';
  fresh_ = true;  // the value follows without a comma
}

void JsonText::text(std::string_view value) {
  separate();
  const bool ascii =
      std::all_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (ascii || is_valid_utf8(value)) {
    quote(value);
  } else {
    quote(to_valid_utf8(value));
  }
}

void JsonText::number(std::int64_t value) {
  separate();
  out_ += std::to_string(value);
}

void JsonText::boolean(bool value) {
  separate();
  out_ += value ? "true" : "false";
}

void JsonText::null() {
  separate();
  out_ += "null";
}

void JsonText::raw(std::string_view json) {
  separate();
  out_ += json;
}

void JsonText::field(std::string_view name, std::string_view value) {
  key(name);
  text(value);
}

void JsonText::field(std::string_view name, bool value) {
  key(name);
  boolean(value);
}

void JsonText::field(std::string_view name, std::int64_t value) {
  key(name);
  number(value);
}

void JsonText::null_field(std::string_view name) {
  key(name);
  null();
}

void JsonText::quote(std::string_view value) {
  out_ += '"';
  std::size_t done = 0;
  for (std::size_t at = 0; at < value.size(); ++at) {
    const char c = value[at];
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && c != '"' && c != '\\') {
      continue;
    }
    out_.append(value, done, at - done);
    done = at + 1;
    if (c == '"' || c == '\\') {
      (out_ += '\\') += c;
    } else if (c == '\n') {
      out_ += "\\n";
    } else if (c == '\r') {
      out_ += "\\r";
    } else if (c == '\t') {
      out_ += "\\t";
    } else {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", byte);
      out_ += escape;
    }
  }
  out_.append(value, done);
  out_ += '"';
}

std::string graph_time(std::int64_t unix_seconds) {
  return to_rfc3339(from_unix_seconds(unix_seconds));
}

}  // namespace mailmgr::sandbox::graph
