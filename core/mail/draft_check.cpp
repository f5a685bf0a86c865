#include "core/mail/draft_check.h"

#include <algorithm>
#include <set>

#include "core/base/encoding.h"
#include "core/base/lines.h"
#include "core/mail/address.h"
#include "core/mail/content_id.h"
#include "core/mail/extra_header.h"

namespace mailmgr::mail {
namespace {

constexpr std::size_t kLongestValue = 64 * 1024;
constexpr std::size_t kLongestId = 900;

Error refuse(std::string_view field, std::string_view what, std::string hint = {}) {
  return {Code::usage, "writing the message, " + std::string(field) + ": " + std::string(what), std::move(hint)};
}

Status check_value(std::string_view field, std::string_view value) {
  if (!is_valid_utf8(value)) return refuse(field, "not valid UTF-8");
  if (breaks_lines(value)) return refuse(field, "line breaks and control characters are not allowed in a header");
  if (value.size() > kLongestValue) return refuse(field, "longer than 64 KiB");
  return {};
}

Status check_addresses(std::string_view field, const std::vector<Address>& addresses) {
  for (const auto& address : addresses) {
    if (auto status = check_value(field, address.name); !status) return status;
    if (const auto problem = problem_with_email(address.email)) {
      const bool printable = !breaks_lines(address.email) && is_valid_utf8(address.email);
      return refuse(field,
                    "the address" + (printable ? " " + address.email : std::string()) + " cannot be used: " + *problem);
    }
  }
  return {};
}

// `ours`: an id that we make; those of others are taken without '@' too, which some programs leave out.
Status check_id(std::string_view field, std::string_view id, bool ours = false) {
  const bool framed = id.size() > 2 && id.starts_with('<') && id.ends_with('>');
  const auto inner = framed ? id.substr(1, id.size() - 2) : std::string_view();
  const auto bad = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte >= 0x7F || c == '<' || c == '>';
  };
  if (!framed || id.size() > kLongestId || (ours && inner.find('@') == std::string_view::npos) ||
      std::any_of(inner.begin(), inner.end(), bad)) {
    return refuse(field, "not a message id of the form <id@domain>");
  }
  return {};
}

Status check_attachment(const OutgoingAttachment& attachment) {
  if (auto status = check_value("an attachment's name", attachment.name); !status) return status;
  if (attachment.name.size() > 1024) return refuse("an attachment's name", "longer than 1024 bytes");
  if (!attachment.content_id.empty() && !is_content_id(attachment.content_id)) {
    return refuse("the content id of attachment " + attachment.name,
                  "it consists of ASCII characters without blanks, '<' and '>'");
  }
  const bool charset = std::all_of(attachment.charset.begin(), attachment.charset.end(), [](char c) {
    return c > 0x20 && c < 0x7F && std::string_view("()<>@,;:\\\"/[]?=").find(c) == std::string_view::npos;
  });
  if (!charset || attachment.charset.size() > 40) {
    return refuse("the charset of attachment " + attachment.name, "not the name of a charset");
  }
  if (attachment.type.empty()) return {};
  const auto slash = attachment.type.find('/');
  const bool token = std::all_of(attachment.type.begin(), attachment.type.end(), [](char c) {
    return c > 0x20 && c < 0x7F && std::string_view("()<>@,;:\\\"[]?=").find(c) == std::string_view::npos;
  });
  const bool framed = slash != std::string::npos && slash > 0 && slash + 1 < attachment.type.size() &&
                      attachment.type.find('/', slash + 1) == std::string::npos && attachment.type.size() <= 128;
  if (!token || !framed || attachment.type.starts_with("multipart/")) {
    return refuse("the type of attachment " + attachment.name, "not a media type such as application/pdf");
  }
  return {};
}

}  // namespace

Status check_draft(const Draft& draft) {
  if (draft.from.email.empty()) return refuse("From", "there is no sender");
  if (!draft.unfinished && draft.to.empty() && draft.cc.empty() && draft.bcc.empty()) {
    return refuse("To", "there is no recipient", "--to ADDRESS, --cc or --bcc");
  }
  const std::pair<std::string_view, const std::vector<Address>*> lists[] = {
      {"To", &draft.to}, {"Cc", &draft.cc}, {"Bcc", &draft.bcc}, {"Reply-To", &draft.reply_to}};
  if (auto status = check_addresses("From", {draft.from}); !status) return status;
  for (const auto& [field, list] : lists) {
    if (auto status = check_addresses(field, *list); !status) return status;
  }
  if (auto status = check_value("Subject", draft.subject); !status) return status;
  if (auto status = check_id("Message-ID", draft.message_id, true); !status) return status;
  if (!draft.in_reply_to.empty()) {
    if (auto status = check_id("In-Reply-To", draft.in_reply_to); !status) return status;
  }
  for (const auto& id : draft.references) {
    if (auto status = check_id("References", id); !status) return status;
  }
  for (const auto& header : draft.extra_headers) {
    if (auto status = check_extra_header(header.first, header.second); !status) return status;
  }
  std::set<std::string_view> content_ids;
  for (const auto& attachment : draft.attachments) {
    if (auto status = check_attachment(attachment); !status) return status;
    if (!attachment.content_id.empty() && !content_ids.insert(attachment.content_id).second) {
      return refuse("the content id of attachment " + attachment.name, "another attachment has the same");
    }
  }
  if (draft.text && !is_valid_utf8(*draft.text)) return refuse("the text", "not valid UTF-8");
  if (draft.html && !is_valid_utf8(*draft.html)) return refuse("the HTML", "not valid UTF-8");
  return {};
}

}  // namespace mailmgr::mail
