#include "core/mail/part_writer.h"

#include <gmime/gmime.h>

#include <algorithm>

#include "core/base/encoding.h"
#include "core/mail/body_text.h"
#include "core/mail/flowed.h"
#include "core/mail/header_writer.h"
#include "core/mail/mime_types.h"

namespace mailmgr::mail {
namespace {

constexpr std::size_t kLongestSentLine = 998;  // RFC 5322 §2.1.1, without the line end
constexpr std::size_t kLineOfBase64 = 57;      // bytes that make 76 characters

std::string with_crlf(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 32);
  for (const char c : text) {
    if (c == '\n') out += '\r';
    out += c;
  }
  return out;
}

// What there is in bytes that come in pieces, as far as sending them cares.
class LineCheck {
 public:
  void add(std::string_view text) {
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      broken_ = broken_ || byte == 0 || (after_cr_ && byte != '\n');
      after_cr_ = byte == '\r';
      column_ = byte == '\n' ? 0 : column_ + (after_cr_ ? 0 : 1);
      broken_ = broken_ || column_ > kLongestSentLine;
      eight_bit_ = eight_bit_ || byte >= 0x80;
      controls_ = controls_ || (byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t') || byte == 0x7F;
    }
  }
  bool broken() const { return broken_ || after_cr_; }  // NUL, a lone CR, or a line that is too long
  bool eight_bit() const { return eight_bit_; }
  bool controls() const { return controls_; }

 private:
  std::size_t column_ = 0;
  bool after_cr_ = false;
  bool broken_ = false;
  bool eight_bit_ = false;
  bool controls_ = false;
};

// Whether text can go as it is; a mailbox file would mangle a line that starts with "From ".
bool can_go_plain(std::string_view text) {
  LineCheck check;
  check.add(text);
  return !check.broken() && !check.eight_bit() && !check.controls() && !text.starts_with("From ") &&
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

std::string part_fields(const PlannedPart& part, bool inline_image) {
  const auto& attachment = part.attachment;
  std::string head = "Content-Type: " + part.type;
  if (!part.charset.empty()) write_parameter(head, "charset", part.charset);
  // Outlook and old readers take the name from Content-Type.
  if (!attachment.name.empty()) write_parameter(head, "name", attachment.name);
  if (!attachment.content_id.empty()) head += "\r\nContent-ID: <" + attachment.content_id + ">";
  head += inline_image ? "\r\nContent-Disposition: inline" : "\r\nContent-Disposition: attachment";
  if (!attachment.name.empty()) write_parameter(head, "filename", attachment.name);
  const auto* encoding = part.transfer == Transfer::base64      ? "base64"
                         : part.transfer == Transfer::eight_bit ? "8bit"
                                                                : "7bit";
  return head + "\r\nContent-Transfer-Encoding: " + encoding + "\r\n\r\n";
}

Status write_in_base64(BlobWriter& out, const Blob& content) {
  Status status;
  std::string rest;
  const auto read = content.each_chunk([&](std::string_view bytes) {
    rest += bytes;
    const auto whole = rest.size() - rest.size() % kLineOfBase64;
    status = out.append(base64_lines(std::string_view(rest).substr(0, whole)));
    rest.erase(0, whole);
    return status.has_value();
  });
  if (!read) return read;
  return status ? out.append(base64_lines(rest)) : status;
}

Status write_as_it_is(BlobWriter& out, const Blob& content) {
  Status status;
  const auto read = content.each_chunk([&](std::string_view bytes) {
    // Only LF ends lines here: a lone CR would be base64, and CR LF is written anew.
    std::string text(bytes);
    std::erase(text, '\r');
    status = out.append(with_crlf(text));
    return status.has_value();
  });
  return read ? status : read;
}

}  // namespace

std::string write_text_part(std::string_view text, std::string_view subtype, bool flowed) {
  auto lines = with_unix_line_ends(text);
  if (!lines.empty() && !lines.ends_with('\n')) lines += '\n';
  if (flowed) lines = flow(lines);
  const auto head = "Content-Type: text/" + std::string(subtype) + "; charset=utf-8" +
                    (flowed ? "; format=flowed" : "") + "\r\nContent-Transfer-Encoding: ";
  if (can_go_plain(lines)) return head + "7bit\r\n\r\n" + with_crlf(lines);
  const auto other = std::count_if(lines.begin(), lines.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x7F || (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t');
  });
  if (static_cast<std::size_t>(other) * 4 > lines.size()) {
    return head + "base64\r\n\r\n" + base64_lines(with_crlf(lines));
  }
  return head + "quoted-printable\r\n\r\n" + with_crlf(quoted_printable(lines));
}

Result<PlannedPart> plan_part(const OutgoingAttachment& attachment) {
  PlannedPart part{attachment, to_lower_ascii(attachment.type), attachment.charset};
  if (part.type.empty()) {
    auto type = guess_type(attachment.name, attachment.content);
    if (!type) return type.error();
    part.type = *std::move(type);
  }
  if (part.type.starts_with("text/") && part.charset.empty()) {
    const auto utf8 = is_utf8_text(attachment.content);
    if (!utf8) return utf8.error();
    if (*utf8) part.charset = "utf-8";
  }
  if (part.type != "message/rfc822") return part;
  LineCheck check;
  const auto read = attachment.content.each_chunk([&](std::string_view bytes) {
    check.add(bytes);
    return !check.broken();
  });
  if (!read) return read.error();
  if (check.broken()) {
    part.type = "application/octet-stream";
  } else {
    part.transfer = check.eight_bit() ? Transfer::eight_bit : Transfer::seven_bit;
  }
  return part;
}

Status write_part(BlobWriter& out, const PlannedPart& part, bool inline_image) {
  auto status = out.append(part_fields(part, inline_image));
  if (!status) return status;
  const auto& content = part.attachment.content;
  return part.transfer == Transfer::base64 ? write_in_base64(out, content) : write_as_it_is(out, content);
}

}  // namespace mailmgr::mail
