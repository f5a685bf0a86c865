#include "tests/sandbox/mime/parts.h"

#include <gmime/gmime.h>

#include <cstdint>
#include <cstdlib>
#include <memory>

#include "core/base/encoding.h"
#include "tests/sandbox/mime/headers.h"

namespace mailmgr::sandbox::mime {
namespace {

constexpr int kMaxDepth = 32;
constexpr std::size_t kMaxParts = 2000;

struct Unref {
  template <class T>
  void operator()(T* object) const {
    g_object_unref(object);
  }
};

void ensure_gmime() {
  static const bool ready = (g_mime_init(), true);
  static_cast<void>(ready);
}

std::string text_or_empty(const char* text) {
  return text ? to_valid_utf8(text) : std::string();
}

std::string decode_body(std::string_view encoded, const std::string& transfer_encoding) {
  const GMimeContentEncoding encoding = g_mime_content_encoding_from_string(transfer_encoding.c_str());
  if (encoding != GMIME_CONTENT_ENCODING_BASE64 && encoding != GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE &&
      encoding != GMIME_CONTENT_ENCODING_UUENCODE) {
    return std::string(encoded);
  }
  GMimeEncoding state;
  g_mime_encoding_init_decode(&state, encoding);
  std::string out(g_mime_encoding_outlen(&state, encoded.size()), '\0');
  out.resize(g_mime_encoding_flush(&state, encoded.data(), encoded.size(), out.data()));
  return out;
}

void read_content_type(Part& part, std::string& boundary) {
  const auto value = find_header(part.headers, "Content-Type");
  part.mime_type = "text/plain";
  if (value.empty()) {
    return;
  }
  const std::unique_ptr<GMimeContentType, Unref> type(g_mime_content_type_parse(nullptr, std::string(value).c_str()));
  if (!type) {
    return;
  }
  part.mime_type = to_lower_ascii(text_or_empty(g_mime_content_type_get_media_type(type.get())) + "/" +
                                  text_or_empty(g_mime_content_type_get_media_subtype(type.get())));
  part.charset = text_or_empty(g_mime_content_type_get_parameter(type.get(), "charset"));
  part.filename = text_or_empty(g_mime_content_type_get_parameter(type.get(), "name"));
  boundary = text_or_empty(g_mime_content_type_get_parameter(type.get(), "boundary"));
}

void read_disposition(Part& part) {
  const auto value = find_header(part.headers, "Content-Disposition");
  if (value.empty()) {
    return;
  }
  const std::unique_ptr<GMimeContentDisposition, Unref> disposition(
      g_mime_content_disposition_parse(nullptr, std::string(value).c_str()));
  if (!disposition) {
    return;
  }
  part.disposition = to_lower_ascii(text_or_empty(g_mime_content_disposition_get_disposition(disposition.get())));
  const char* filename = g_mime_content_disposition_get_parameter(disposition.get(), "filename");
  if (filename) {
    part.filename = to_valid_utf8(filename);
  }
}

class Builder {
 public:
  Part build(std::string_view raw, std::string id, int depth) {
    Part part;
    part.id = std::move(id);
    part.headers = scan_headers(raw);
    std::string boundary;
    read_content_type(part, boundary);
    read_disposition(part);
    const auto content_id = message_ids(find_header(part.headers, "Content-ID"));
    if (!content_id.empty()) {
      part.content_id = content_id.front().substr(1, content_id.front().size() - 2);
    }
    fill(part, raw.substr(body_offset(raw)), boundary, depth);
    for (auto& [name, value] : part.headers) {
      value = decode_header(value);
    }
    return part;
  }

 private:
  void fill(Part& part, std::string_view body, const std::string& boundary, int depth) {
    const bool divisible = depth < kMaxDepth && count_ < kMaxParts;
    const std::string prefix = part.id.empty() ? "" : part.id + ".";
    if (part.is_multipart() && !boundary.empty() && divisible) {
      for (const auto piece : split_multipart(body, boundary)) {
        ++count_;
        part.parts.push_back(build(piece, prefix + std::to_string(part.parts.size()), depth + 1));
      }
      return;
    }
    const auto encoding = to_lower_ascii(find_header(part.headers, "Content-Transfer-Encoding"));
    part.body = decode_body(body, encoding);
    if (part.mime_type == "message/rfc822" && divisible) {
      ++count_;
      part.parts.push_back(build(part.body, prefix + "0", depth + 1));
    }
  }

  std::size_t count_ = 1;
};

void add_flat(const Part& part, std::vector<const Part*>& out) {
  out.push_back(&part);
  for (const auto& child : part.parts) {
    add_flat(child, out);
  }
}

const Part* first_text(const Part& part, std::string_view type) {
  if (part.mime_type == type && !part.is_attachment()) {
    return &part;
  }
  if (!part.is_multipart()) {
    return nullptr;
  }
  for (const auto& child : part.parts) {
    if (const Part* found = first_text(child, type)) {
      return found;
    }
  }
  return nullptr;
}

std::string entity(std::string_view name) {
  if (name == "amp") return "&";
  if (name == "lt") return "<";
  if (name == "gt") return ">";
  if (name == "quot") return "\"";
  if (name == "nbsp") return " ";
  if (name.starts_with('#')) {
    const bool hexadecimal = name.size() > 1 && (name[1] == 'x' || name[1] == 'X');
    const unsigned long code =
        std::strtoul(std::string(name.substr(hexadecimal ? 2 : 1)).c_str(), nullptr, hexadecimal ? 16 : 10);
    char buffer[6];
    const bool scalar = code > 0 && code < 0x110000 && (code < 0xd800 || code > 0xdfff);
    return scalar ? std::string(buffer, g_unichar_to_utf8(static_cast<gunichar>(code), buffer)) : "\xEF\xBF\xBD";
  }
  return {};
}

}  // namespace

bool Part::is_attachment() const {
  return !is_multipart() && (!filename.empty() || disposition == "attachment" || mime_type == "message/rfc822");
}

std::vector<std::string_view> split_multipart(std::string_view body, std::string_view boundary) {
  const std::string delimiter = "--" + std::string(boundary);
  std::vector<std::string_view> pieces;
  std::size_t start = std::string_view::npos;  // of the open piece
  std::size_t at = 0;
  while (at < body.size()) {
    std::size_t end = body.find('\n', at);
    end = end == std::string_view::npos ? body.size() : end + 1;
    const auto line = body.substr(at, end - at);
    if (line.starts_with(delimiter)) {
      const auto rest = line.substr(delimiter.size());
      const bool last = rest.starts_with("--");
      const bool whole = last || rest.find_first_not_of(" \t\r\n") == std::string_view::npos;
      if (whole) {
        if (start != std::string_view::npos) {
          auto piece = body.substr(start, at - start);
          // The line break in front of a boundary belongs to the boundary.
          piece.remove_suffix(piece.ends_with("\r\n") ? 2 : piece.ends_with('\n') ? 1 : 0);
          pieces.push_back(piece);
        }
        start = last ? std::string_view::npos : end;
        if (last || pieces.size() >= kMaxParts) {
          return pieces;
        }
      }
    }
    at = end;
  }
  if (start != std::string_view::npos && start < body.size()) {
    pieces.push_back(body.substr(start));  // the closing boundary is missing
  }
  return pieces;
}

std::string content_type_parameter(std::string_view content_type, const std::string& name) {
  ensure_gmime();
  const std::unique_ptr<GMimeContentType, Unref> type(
      g_mime_content_type_parse(nullptr, std::string(content_type).c_str()));
  return type ? text_or_empty(g_mime_content_type_get_parameter(type.get(), name.c_str())) : std::string();
}

Part parse_parts(std::string_view raw) {
  ensure_gmime();
  return Builder().build(raw, "", 0);
}

std::string text_of(const Part& part) {
  const std::string charset = to_lower_ascii(part.charset);
  if (charset.empty() || charset == "utf-8" || charset == "utf8" || charset == "us-ascii") {
    return to_valid_utf8(part.body);
  }
  ensure_gmime();
  const iconv_t converter = g_mime_iconv_open("UTF-8", part.charset.c_str());
  if (converter == reinterpret_cast<iconv_t>(-1)) {
    return to_valid_utf8(part.body);
  }
  char* converted = g_mime_iconv_strndup(converter, part.body.data(), part.body.size());
  g_mime_iconv_close(converter);
  const std::string text = to_valid_utf8(converted ? std::string_view(converted) : std::string_view(part.body));
  g_free(converted);
  return text;
}

std::vector<const Part*> flatten(const Part& root) {
  std::vector<const Part*> out;
  add_flat(root, out);
  return out;
}

std::string plain_text(const Part& root) {
  if (const Part* plain = first_text(root, "text/plain")) {
    return text_of(*plain);
  }
  const Part* html = first_text(root, "text/html");
  return html ? strip_html(text_of(*html)) : std::string();
}

std::string strip_html(std::string_view html) {
  const std::string lower = to_lower_ascii(html);
  std::string out;
  for (std::size_t at = 0; at < html.size();) {
    if (html[at] == '<') {
      std::size_t end = html.find('>', at);
      for (const std::string_view name : {"style", "script", "head"}) {
        const auto after = at + 1 + name.size();
        const bool opens = lower.compare(at + 1, name.size(), name) == 0 && after < lower.size() &&
                           (lower[after] == '>' || lower[after] == ' ');
        if (opens) {
          const auto close = lower.find("</" + std::string(name), at);
          end = close == std::string::npos ? close : html.find('>', close);
        }
      }
      if (end == std::string_view::npos) {
        break;
      }
      out += ' ';
      at = end + 1;
      continue;
    }
    const auto semicolon = html[at] == '&' ? html.substr(at, 12).find(';') : std::string_view::npos;
    const std::string decoded = semicolon == std::string_view::npos ? "" : entity(html.substr(at + 1, semicolon - 1));
    if (!decoded.empty()) {
      out += decoded;
      at += semicolon + 1;
      continue;
    }
    out += html[at++];
  }
  return out;
}

}  // namespace mailmgr::sandbox::mime
