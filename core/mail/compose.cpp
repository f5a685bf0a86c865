#include "core/mail/compose.h"

#include <gmime/gmime.h>

#include <algorithm>

#include "core/base/encoding.h"
#include "core/mail/address.h"
#include "core/mail/body_text.h"
#include "core/mail/draft_check.h"
#include "core/mail/glib_guard.h"
#include "core/mail/header_writer.h"
#include "core/mail/mime_types.h"
#include "core/mail/text.h"

namespace mailmgr {
namespace {

using namespace mail;

constexpr std::size_t kLongestLine = 998;  // RFC 5322 §2.1.1, without the line end
constexpr std::size_t kLineOfBase64 = 57;  // bytes that make 76 characters
constexpr std::size_t kMaxRecipients = 2000;

std::string with_crlf(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 32);
  for (const char c : text) {
    if (c == '\n') out += '\r';
    out += c;
  }
  return out;
}

// Whether text can go as it is: ASCII and lines that fit. Bytes come in pieces.
class SevenBitCheck {
 public:
  bool add(std::string_view text) {
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (after_cr_ && byte != '\n') return clean_ = false;
      after_cr_ = byte == '\r';
      column_ = byte == '\n' ? 0 : column_ + 1;
      const bool allowed = byte == '\n' || byte == '\r' || byte == '\t' || (byte >= 0x20 && byte < 0x7F);
      if (!allowed || column_ > kLongestLine) return clean_ = false;
    }
    return true;
  }
  bool clean() const { return clean_ && !after_cr_; }

 private:
  std::size_t column_ = 0;
  bool after_cr_ = false;
  bool clean_ = true;
};

Result<bool> is_seven_bit_clean(const Blob& content) {
  SevenBitCheck check;
  const auto read = content.each_chunk([&](std::string_view bytes) { return check.add(bytes); });
  if (!read) return read.error();
  return check.clean();
}

// … and that has no line a mailbox file would mangle ("From ").
bool is_seven_bit_clean(std::string_view text) {
  SevenBitCheck check;
  return check.add(text) && check.clean() && !text.starts_with("From ") &&
         text.find("\nFrom ") == std::string_view::npos;
}

// RFC 2045 §6.7 with LF line ends, which the encoder takes for line breaks.
std::string quoted_printable(std::string_view text) {
  GMimeEncoding state;
  g_mime_encoding_init_encode(&state, GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
  std::string out(g_mime_encoding_outlen(&state, text.size()), '\0');
  out.resize(g_mime_encoding_flush(&state, text.data(), text.size(), out.data()));
  return out;
}

std::string base64_lines(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 4 / 3 + bytes.size() / 28 + 8);
  for (; !bytes.empty(); bytes.remove_prefix(std::min(kLineOfBase64, bytes.size()))) {
    out += base64(bytes.substr(0, kLineOfBase64)) + "\r\n";
  }
  return out;
}

// Header fields and body of a text part; `text` has any line ends.
std::string text_part(std::string_view text, std::string_view subtype) {
  auto unix_text = with_unix_line_ends(text);
  if (!unix_text.empty() && !unix_text.ends_with('\n')) unix_text += '\n';
  std::string head = "Content-Type: text/" + std::string(subtype) + "; charset=utf-8\r\nContent-Transfer-Encoding: ";
  if (is_seven_bit_clean(unix_text)) return head + "7bit\r\n\r\n" + with_crlf(unix_text);
  const auto other = std::count_if(unix_text.begin(), unix_text.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x7F || (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t');
  });
  if (static_cast<std::size_t>(other) * 4 > unix_text.size()) {
    return head + "base64\r\n\r\n" + base64_lines(with_crlf(unix_text));
  }
  return head + "quoted-printable\r\n\r\n" + with_crlf(quoted_printable(unix_text));
}

std::string attachment_head(const std::string& type, const std::string& name) {
  // Outlook and old readers take the name from Content-Type.
  std::string head = "Content-Type: " + type;
  if (!name.empty()) write_parameter(head, "name", name);
  head += "\r\nContent-Disposition: attachment";
  if (!name.empty()) write_parameter(head, "filename", name);
  return head + "\r\n";
}

class Composer {
 public:
  explicit Composer(const Draft& draft) : draft_(draft) {
    // From the Message-ID, so that the same draft gives the same bytes; "=_" cannot stand in quoted-printable or
    // base64.
    seed_ = hex(sha256(draft.message_id)).substr(0, 32);
  }

  Result<Blob> run() {
    auto status = put(header());
    if (status) status = draft_.attachments.empty() ? put(body()) : mixed();
    if (!status) return status.error();
    return std::move(out_).finish();
  }

 private:
  Status put(std::string_view bytes) { return out_.append(bytes); }

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

  // The text, the HTML, or both as alternatives: header fields and content of one part.
  std::string body() const {
    if (!draft_.html) return text_part(draft_.text.value_or(""), "plain");
    const auto boundary = "=_a" + seed_;
    const auto plain = text_part(draft_.text ? *draft_.text : html_to_text(*draft_.html), "plain");
    return "Content-Type: multipart/alternative; boundary=\"" + boundary + "\"\r\n\r\n--" + boundary + "\r\n" + plain +
           "\r\n--" + boundary + "\r\n" + text_part(*draft_.html, "html") + "\r\n--" + boundary + "--\r\n";
  }

  Status mixed() {
    const auto boundary = "=_m" + seed_;
    const auto delimiter = "\r\n--" + boundary;
    auto status = put("Content-Type: multipart/mixed; boundary=\"" + boundary + "\"\r\n" + delimiter + "\r\n" + body());
    for (const auto& attachment : draft_.attachments) {
      if (status) status = put(delimiter + "\r\n");
      if (status) status = attach(attachment);
    }
    return status ? put(delimiter + "--\r\n") : status;
  }

  // Attachments pass through in pieces, whatever their size.
  Status attach(const OutgoingAttachment& attachment) {
    auto type = attachment.type.empty() ? guess_type(attachment.name) : to_lower_ascii(attachment.type);
    if (type == "message/rfc822") {
      // Such parts must not be encoded (RFC 2046 §5.2.1); a message that needs it goes as a file.
      const auto clean = is_seven_bit_clean(attachment.content);
      if (!clean) return clean.error();
      if (*clean) return attach_as_it_is(attachment, type);
      type = "application/octet-stream";
    }
    auto status = put(attachment_head(type, attachment.name) + "Content-Transfer-Encoding: base64\r\n\r\n");
    if (!status) return status;
    std::string rest;
    const auto read = attachment.content.each_chunk([&](std::string_view bytes) {
      rest += bytes;
      const auto whole = rest.size() - rest.size() % kLineOfBase64;
      status = put(base64_lines(std::string_view(rest).substr(0, whole)));
      rest.erase(0, whole);
      return status.has_value();
    });
    if (!read) return read;
    return status ? put(base64_lines(rest)) : status;
  }

  Status attach_as_it_is(const OutgoingAttachment& attachment, const std::string& type) {
    auto status = put(attachment_head(type, attachment.name) + "Content-Transfer-Encoding: 7bit\r\n\r\n");
    const auto read = attachment.content.each_chunk([&](std::string_view bytes) {
      // Only LF ends lines here: lone CR is not clean, and CR LF is written anew.
      std::string text(bytes);
      std::erase(text, '\r');
      if (status) status = put(with_crlf(text));
      return status.has_value();
    });
    return read ? status : read;
  }

  const Draft& draft_;
  std::string seed_;
  BlobWriter out_;
};

// Takes out what must not stand in a header: control characters and Unicode's line ends.
void clean(std::string& text) {
  for (const std::string_view line_end : {"\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9"}) {
    for (auto at = text.find(line_end); at != std::string::npos; at = text.find(line_end, at)) {
      text.replace(at, line_end.size(), " ");
    }
  }
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
}
void clean(Address& address) {
  clean(address.name);
  clean(address.email);
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

Result<Blob> compose(const Draft& draft) {
  ensure_gmime();
  if (const auto status = check_draft(draft); !status) return status.error();
  return Composer(draft).run();
}

Result<Blob> reconstruct(Draft remains) {
  ensure_gmime();
  for (auto* list : {&remains.to, &remains.cc, &remains.bcc, &remains.reply_to}) {
    for (auto& address : *list) clean(address);
  }
  clean(remains.from);
  for (auto* text : {&remains.subject, &remains.message_id, &remains.in_reply_to}) clean(*text);
  for (auto& id : remains.references) clean(id);
  for (auto& [name, value] : remains.extra_headers) clean(value);
  std::erase_if(remains.extra_headers, [](const auto& field) { return !is_other_field(field.first); });
  for (auto& attachment : remains.attachments) {
    clean(attachment.name);
    if (!is_media_type(attachment.type)) attachment.type.clear();
  }
  return Composer(remains).run();
}

Result<std::vector<Address>> parse_addresses(std::string_view text) {
  const auto fail = [](std::string_view part, std::string_view why) {
    return Error{Code::usage, "reading the address '" + to_valid_utf8(part) + "': " + std::string(why),
                 "write ada@example.org or \"Ada Lovelace\" <ada@example.org>, several with commas between them"};
  };
  if (!is_valid_utf8(text)) return fail(text.substr(0, 80), "it is not valid UTF-8");
  std::vector<Address> addresses;
  for (auto& token : tokenize_addresses(text, kMaxRecipients + 1)) {
    if (!token.problem.empty()) return fail(token.source, token.problem);
    Address address;
    address.email = token.has_angle ? token.angle : token.phrase;
    address.name = token.has_angle ? token.phrase : token.comment;
    if (const auto problem = problem_with_email(address.email)) return fail(token.source, *problem);
    addresses.push_back(std::move(address));
  }
  if (addresses.empty()) return fail(text.substr(0, 80), "there is no address in it");
  if (addresses.size() > kMaxRecipients) return fail(addresses.back().email, "more than 2000 addresses");
  return addresses;
}

std::string to_string(const Address& address) {
  if (address.name.empty()) return address.email;
  const auto name = needs_quotes(address.name) ? quoted(address.name) : address.name;
  return address.email.empty() ? name : name + " <" + address.email + ">";
}

std::string make_message_id(std::string_view random_bytes, std::string_view email) {
  const auto at = email.rfind('@');
  const auto domain = at == std::string_view::npos ? std::string_view() : email.substr(at + 1);
  const bool usable = !domain.empty() && !problem_with_email("x@" + std::string(domain));
  return "<" + hex(random_bytes) + "@" + (usable ? std::string(domain) : "localhost") + ">";
}

}  // namespace mailmgr
