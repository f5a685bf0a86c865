#include <algorithm>

#include "core/base/encoding.h"
#include "core/mail/compose.h"
#include "core/mail/composer.h"
#include "core/mail/content_id.h"
#include "core/mail/writable_text.h"

namespace mailmgr {
namespace {

using namespace mail;

void clean(Address& address) {
  make_writable(address.name);
  make_writable(address.email);
}

// A field name (RFC 5322 §3.6.8) of none that the composer writes.
bool is_other_field(std::string_view name) {
  static constexpr std::string_view kWritten[] = {"from",    "reply-to", "to",         "cc",          "bcc",
                                                  "subject", "date",     "message-id", "mime-version"};
  const auto lower = to_lower_ascii(name);
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < 0x7F && c != ':'; }) &&
         !lower.starts_with("content-") &&
         std::find(std::begin(kWritten), std::end(kWritten), lower) == std::end(kWritten);
}

bool is_media_type(std::string_view type) {
  return std::count(type.begin(), type.end(), '/') == 1 && std::all_of(type.begin(), type.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  std::string_view("/.+-_!#$&^").find(c) != std::string_view::npos;
         });
}

}  // namespace

Result<Blob> reconstruct(Draft remains) {
  for (auto* list : {&remains.to, &remains.cc, &remains.bcc, &remains.reply_to}) {
    for (auto& address : *list) clean(address);
  }
  clean(remains.from);
  for (auto* text : {&remains.subject, &remains.message_id, &remains.in_reply_to}) make_writable(*text);
  for (auto& id : remains.references) make_writable(id);
  for (auto& [name, value] : remains.extra_headers) make_writable(value);
  std::erase_if(remains.extra_headers, [](const auto& field) { return !is_other_field(field.first); });
  for (auto& attachment : remains.attachments) {
    make_writable(attachment.name);
    if (!is_content_id(attachment.content_id)) attachment.content_id.clear();
    attachment.charset.clear();
    if (!is_media_type(attachment.type)) attachment.type.clear();
  }
  return compose_unchecked(remains);
}

}  // namespace mailmgr
