#include "core/mail/compose.h"

#include <algorithm>

#include "core/base/encoding.h"
#include "core/mail/composer.h"
#include "core/mail/draft_check.h"
#include "core/mail/glib_guard.h"
#include "core/mail/header_writer.h"
#include "core/mail/part_writer.h"
#include "core/mail/text.h"

namespace mailmgr {
namespace {

using namespace mail;

// mixed( alternative( text, related( HTML, images )), attachments ), each level only where there is more than one thing
// to hold.
class Composer {
 public:
  explicit Composer(const Draft& draft) : draft_(draft) {
    // From the Message-ID, so that the same draft gives the same bytes; "=_" cannot stand in quoted-printable or
    // base64.
    seed_ = hex(sha256(draft.message_id)).substr(0, 32);
  }

  Result<Blob> run() {
    auto status = plan();
    if (status) status = put(header());
    if (status) status = attached_.empty() ? body() : mixed();
    if (!status) return status.error();
    return std::move(out_).finish();
  }

 private:
  Status put(std::string_view bytes) { return out_.append(bytes); }

  Status plan() {
    for (const auto& attachment : draft_.attachments) {
      auto part = plan_part(attachment);
      if (!part) return part.error();
      const bool shown = draft_.html && !attachment.content_id.empty() && part->transfer == Transfer::base64;
      (shown ? images_ : attached_).push_back(*std::move(part));
    }
    return {};
  }

  std::string header() const {
    std::string out;
    write_address_field(out, "From", {draft_.from});
    write_address_field(out, "Reply-To", draft_.reply_to);
    write_address_field(out, "To", draft_.to);
    write_address_field(out, "Cc", draft_.cc);
    write_address_field(out, "Bcc", draft_.bcc);
    write_text_field(out, "Subject", draft_.subject);
    write_text_field(out, "Date", format_date(draft_.date));
    write_ids_field(out, "Message-ID", {draft_.message_id});
    if (!draft_.in_reply_to.empty()) write_ids_field(out, "In-Reply-To", {draft_.in_reply_to});
    write_ids_field(out, "References", draft_.references);
    for (const auto& [name, value] : draft_.extra_headers) write_text_field(out, name, value);
    return out + "MIME-Version: 1.0\r\n";
  }

  // The text, the HTML, or both as alternatives: fields and content of one part.
  Status body() {
    if (!draft_.html) return put(write_text_part(draft_.text.value_or(""), "plain", draft_.flowed));
    const auto boundary = "=_a" + seed_;
    const auto plain = draft_.text ? *draft_.text : html_to_text(*draft_.html);
    auto status = put("Content-Type: multipart/alternative; boundary=\"" + boundary + "\"\r\n\r\n--" + boundary +
                      "\r\n" + write_text_part(plain, "plain", draft_.flowed) + "\r\n--" + boundary + "\r\n");
    if (status) status = html();
    return status ? put("\r\n--" + boundary + "--\r\n") : status;
  }

  Status html() {
    const auto part = write_text_part(*draft_.html, "html");
    if (images_.empty()) return put(part);
    const auto boundary = "=_r" + seed_;
    auto status = put("Content-Type: multipart/related; type=\"text/html\"; boundary=\"" + boundary + "\"\r\n\r\n--" +
                      boundary + "\r\n" + part);
    for (const auto& image : images_) {
      if (status) status = put("\r\n--" + boundary + "\r\n");
      if (status) status = write_part(out_, image, true);
    }
    return status ? put("\r\n--" + boundary + "--\r\n") : status;
  }

  Status mixed() {
    const auto boundary = "=_m" + seed_;
    const auto delimiter = "\r\n--" + boundary;
    const bool eight_bit = std::any_of(attached_.begin(), attached_.end(),
                                       [](const PlannedPart& part) { return part.transfer == Transfer::eight_bit; });
    // RFC 2045 §6.4: what holds 8-bit content must say so.
    auto status = put("Content-Type: multipart/mixed; boundary=\"" + boundary + "\"\r\n" +
                      (eight_bit ? "Content-Transfer-Encoding: 8bit\r\n" : "") + delimiter + "\r\n");
    if (status) status = body();
    for (const auto& part : attached_) {
      if (status) status = put(delimiter + "\r\n");
      if (status) status = write_part(out_, part);
    }
    return status ? put(delimiter + "--\r\n") : status;
  }

  const Draft& draft_;
  std::string seed_;
  std::vector<PlannedPart> images_, attached_;
  BlobWriter out_;
};

}  // namespace

Result<Blob> mail::compose_unchecked(const Draft& draft) {
  ensure_gmime();
  return Composer(draft).run();
}

Result<Blob> compose(const Draft& draft) {
  if (const auto status = check_draft(draft); !status) return status.error();
  return compose_unchecked(draft);
}

}  // namespace mailmgr
