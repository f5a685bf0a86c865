#include "tests/sandbox/mime/headers.h"

#include <gmime/gmime.h>

#include <algorithm>
#include <memory>

#include "core/base/encoding.h"

namespace mailmgr::sandbox::mime {
namespace {

struct Unref {
  template <class T>
  void operator()(T* object) const {
    g_object_unref(object);
  }
};
struct GFree {
  void operator()(char* text) const { g_free(text); }
};
struct DateUnref {
  void operator()(GDateTime* date) const { g_date_time_unref(date); }
};
using GString8 = std::unique_ptr<char, GFree>;

void ensure_gmime() {
  static const bool ready = (g_mime_init(), true);
  static_cast<void>(ready);
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (is_blank(text.front()) || text.front() == '\r' || text.front() == '\n')) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (is_blank(text.back()) || text.back() == '\r' || text.back() == '\n')) {
    text.remove_suffix(1);
  }
  return text;
}

// One field with its folded lines as it stands in the message.
struct RawField {
  std::size_t begin = 0;
  std::size_t end = 0;  // after the line break
  std::string_view name;
  std::string_view value;  // still folded
};

// Calls `visit` for each field; returns the offset of the body.
template <class Visit>
std::size_t each_field(std::string_view raw, Visit visit) {
  std::size_t at = 0;
  if (raw.starts_with("From ")) {
    const auto end = raw.find('\n');
    at = end == std::string_view::npos ? raw.size() : end + 1;
  }
  while (at < raw.size()) {
    std::size_t end = raw.find('\n', at);
    end = end == std::string_view::npos ? raw.size() : end + 1;
    const auto line = raw.substr(at, end - at);
    if (line == "\n" || line == "\r\n") {
      return end;
    }
    while (end < raw.size() && is_blank(raw[end])) {
      const auto next = raw.find('\n', end);
      end = next == std::string_view::npos ? raw.size() : next + 1;
    }
    const auto field = raw.substr(at, end - at);
    const auto colon = field.find(':');
    const auto name = colon == std::string_view::npos ? std::string_view() : trim(field.substr(0, colon));
    if (!name.empty() && name.find_first_of(" \t\r\n") == std::string_view::npos) {
      visit(RawField{at, end, name, field.substr(colon + 1)});
    }
    at = end;
  }
  return raw.size();
}

std::string unfold(std::string_view value) {
  value = trim(value);
  std::string out;
  out.reserve(value.size());
  for (const char c : value) {
    if (c != '\r' && c != '\n') {
      out += c;
    }
  }
  return out;
}

void collect(InternetAddressList* list, std::vector<Address>& out, int depth) {
  if (depth > 4) {
    return;
  }
  const int count = internet_address_list_length(list);
  for (int i = 0; i < count; ++i) {
    InternetAddress* entry = internet_address_list_get_address(list, i);
    if (INTERNET_ADDRESS_IS_GROUP(entry)) {
      collect(internet_address_group_get_members(INTERNET_ADDRESS_GROUP(entry)), out, depth + 1);
      continue;
    }
    const char* name = internet_address_get_name(entry);
    const char* address = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(entry));
    out.push_back({to_valid_utf8(name ? name : ""), to_valid_utf8(address ? address : "")});
  }
}

}  // namespace

std::size_t body_offset(std::string_view raw) {
  return each_field(raw, [](const RawField&) {});
}

HeaderList scan_headers(std::string_view raw) {
  HeaderList headers;
  each_field(raw, [&](const RawField& field) { headers.emplace_back(std::string(field.name), unfold(field.value)); });
  return headers;
}

std::string_view find_header(const HeaderList& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (equals_ignoring_ascii_case(key, name)) {
      return value;
    }
  }
  return {};
}

std::string decode_header(std::string_view value) {
  const bool plain = value.find("=?") == std::string_view::npos && std::all_of(value.begin(), value.end(), [](char c) {
                       return static_cast<unsigned char>(c) < 0x80;
                     });
  if (plain) {
    return std::string(value);
  }
  if (value.find("=?") == std::string_view::npos && is_valid_utf8(value)) {
    return std::string(value);  // RFC 6532: already UTF-8
  }
  ensure_gmime();
  const GString8 decoded(g_mime_utils_header_decode_text(nullptr, std::string(value).c_str()));
  return to_valid_utf8(decoded ? std::string_view(decoded.get()) : value);
}

std::vector<Address> parse_addresses(std::string_view value) {
  ensure_gmime();
  std::vector<Address> out;
  const std::unique_ptr<InternetAddressList, Unref> list(
      internet_address_list_parse(nullptr, std::string(value).c_str()));
  if (list) {
    collect(list.get(), out, 0);
  }
  return out;
}

std::vector<std::string> message_ids(std::string_view value) {
  std::vector<std::string> ids;
  for (std::size_t at = value.find('<'); at != std::string_view::npos; at = value.find('<', at)) {
    const auto end = value.find('>', at);
    if (end == std::string_view::npos) {
      break;
    }
    ids.emplace_back(value.substr(at, end - at + 1));
    at = end;
  }
  return ids;
}

std::optional<Time> parse_date_header(std::string_view value) {
  ensure_gmime();
  const std::unique_ptr<GDateTime, DateUnref> date(g_mime_utils_header_decode_date(std::string(value).c_str()));
  if (!date) {
    return std::nullopt;
  }
  return from_unix_seconds(g_date_time_to_unix(date.get()));
}

std::string format_date_header(Time time) {
  ensure_gmime();
  const std::unique_ptr<GDateTime, DateUnref> date(g_date_time_new_from_unix_utc(to_unix_seconds(time)));
  const GString8 text(date ? g_mime_utils_header_format_date(date.get()) : nullptr);
  return text ? text.get() : "";
}

std::string base_subject(std::string_view decoded_subject) {
  std::string collapsed;
  for (const char c : trim(decoded_subject)) {
    if (!is_blank(c)) {
      collapsed += c;
    } else if (!collapsed.ends_with(' ')) {
      collapsed += ' ';
    }
  }
  std::string lower = to_lower_ascii(collapsed);
  std::string_view rest = lower;
  for (bool found = true; found;) {
    found = false;
    for (const std::string_view prefix : {"re:", "fwd:", "fw:"}) {
      if (rest.starts_with(prefix)) {
        rest = trim(rest.substr(prefix.size()));
        found = true;
      }
    }
  }
  return std::string(rest);
}

std::string remove_header(std::string_view raw, std::string_view name) {
  std::string out;
  out.reserve(raw.size());
  std::size_t kept = 0;
  each_field(raw, [&](const RawField& field) {
    if (equals_ignoring_ascii_case(field.name, name)) {
      out.append(raw, kept, field.begin - kept);
      kept = field.end;
    }
  });
  return out.append(raw, kept);
}

std::string replace_header(std::string_view raw, std::string_view name, std::string_view value) {
  std::string out;
  out.reserve(raw.size() + name.size() + value.size() + 4);
  const auto put = [&](std::string_view as_written) {
    const bool crlf = raw.find("\r\n") != std::string_view::npos;
    out.append(as_written).append(": ").append(value).append(crlf ? "\r\n" : "\n");
  };
  std::size_t kept = 0;
  bool done = false;
  each_field(raw, [&](const RawField& field) {
    if (!equals_ignoring_ascii_case(field.name, name)) {
      return;
    }
    out.append(raw, kept, field.begin - kept);
    kept = field.end;
    if (!done) {
      put(field.name);
      done = true;
    }
  });
  if (!done) {
    put(name);
  }
  return out.append(raw, kept);
}

}  // namespace mailmgr::sandbox::mime
