#include "core/mail/part_head.h"

#include <gmime/gmime.h>

#include <algorithm>

#include "core/base/encoding.h"
#include "core/mail/charset.h"
#include "core/mail/glib_guard.h"

namespace mailmgr::mail {
namespace {

// Enough for any honest parameter list; a cut list of 100,000 continuations is read in no time.
constexpr std::size_t kLongestHeadValue = 16 * 1024;
constexpr char kShield = '\x1A';

std::string text_or_empty(const char* text) {
  return text ? to_utf8(text, {}).text : std::string();
}

// Encoded words in parameters are against RFC 2047 §5 but common. GMime would decode them with a loss
// (encoded_words.h), so they are hidden from it by a control character that no parameter holds, and decoded here.
std::string shielded(std::string_view value) {
  std::string out;
  for (const char c : value.substr(0, kLongestHeadValue)) {
    if (c == '?' && out.ends_with('=')) out += kShield;
    if (c != kShield) out += c;
  }
  return out;
}

std::string file_name(GMimeParamList* params, const char* key) {
  GMimeParam* param = g_mime_param_list_get_parameter(params, key);
  if (!param) return {};
  auto name = text_or_empty(g_mime_param_get_value(param));
  std::erase(name, kShield);
  // A name in the form of RFC 2231 says what it is; words in it are no encoding.
  const bool exact = g_mime_param_get_encoding_method(param) == GMIME_PARAM_ENCODING_METHOD_RFC2231;
  return exact ? clean_text(std::move(name)) : decode_text(name);
}

void read_type(PartHead& head, const std::string& value) {
  const GObjectPtr<GMimeContentType> type(g_mime_content_type_parse(nullptr, shielded(value).c_str()));
  if (!type) return;
  const char* media = g_mime_content_type_get_media_type(type.get());
  const char* sub = g_mime_content_type_get_media_subtype(type.get());
  if (!media || !sub || !*media || !*sub) return;
  const auto param = [&](const char* key) { return text_or_empty(g_mime_content_type_get_parameter(type.get(), key)); };
  head.type = to_lower_ascii(text_or_empty(media) + "/" + text_or_empty(sub));
  head.charset = param("charset");
  head.flowed = equals_ignoring_ascii_case(param("format"), "flowed");
  head.delsp = equals_ignoring_ascii_case(param("delsp"), "yes");
  if (head.name.empty()) head.name = file_name(g_mime_content_type_get_parameters(type.get()), "name");
  // Boundaries are compared with lines byte by byte, so they are kept as written.
  const char* boundary = g_mime_content_type_get_parameter(type.get(), "boundary");
  if (head.is_multipart() && boundary) {
    head.boundary = boundary;
    std::erase(head.boundary, kShield);
  }
}

void read_disposition(PartHead& head, const std::string& value) {
  const GObjectPtr<GMimeContentDisposition> disposition(
      g_mime_content_disposition_parse(nullptr, shielded(value).c_str()));
  if (!disposition) return;
  const auto word = to_lower_ascii(text_or_empty(g_mime_content_disposition_get_disposition(disposition.get())));
  // Unknown words mean attachment (RFC 2183 §2.8).
  if (!word.empty()) head.disposition = word == "inline" ? word : "attachment";
  const auto name = file_name(g_mime_content_disposition_get_parameters(disposition.get()), "filename");
  if (!name.empty()) head.name = name;
}

std::string read_content_id(std::string_view value) {
  const auto ids = read_message_ids(value, 1);
  return ids.empty() ? decode_text(value) : ids.front().substr(1, ids.front().size() - 2);
}

}  // namespace

PartHead read_part_head(const std::vector<HeaderField>& fields, std::string_view default_type) {
  ensure_gmime();
  PartHead head;
  head.type = default_type;
  bool have_type = false;
  for (const auto& field : fields) {
    if (field.name.size() < 10 || !equals_ignoring_ascii_case(field.name.substr(0, 8), "content-")) continue;
    const auto what = to_lower_ascii(field.name.substr(8));
    if (what == "type" && !have_type) {
      have_type = true;
      read_type(head, field.value);
    } else if (what == "transfer-encoding" && head.encoding.empty()) {
      head.encoding = field.value.substr(0, field.value.find_first_of("; \t("));
    } else if (what == "disposition" && head.disposition.empty()) {
      read_disposition(head, field.value);
    } else if (what == "id" && head.content_id.empty()) {
      head.content_id = read_content_id(field.value);
    }
  }
  return head;
}

}  // namespace mailmgr::mail
