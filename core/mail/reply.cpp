#include "core/mail/reply.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/base/encoding.h"
#include "core/base/lines.h"
#include "core/mail/carried_parts.h"
#include "core/mail/content_id.h"
#include "core/mail/parse.h"
#include "core/mail/quote.h"
#include "core/mail/reply_people.h"
#include "core/mail/subject.h"
#include "core/mail/text.h"
#include "core/mail/writable_text.h"

namespace mailmgr {
namespace {

using namespace mail;

constexpr std::size_t kMaxQuotedText = std::size_t{8} << 20;
constexpr std::size_t kMaxChain = 40;  // ids in References
constexpr std::size_t kLongestOldId = 900;
constexpr std::size_t kLongestFileStem = 80;

bool is_usable_id(std::string_view id) {
  return id.size() > 2 && id.size() <= kLongestOldId && id.starts_with('<') && id.ends_with('>') &&
         std::all_of(id.begin() + 1, id.end() - 1, [](char c) { return c > 0x20 && c < 0x7F && c != '<' && c != '>'; });
}

// RFC 5322 §3.6.4: the parent's References, else its In-Reply-To if that is a single id, then its Message-ID. The first
// and the newest are kept of a long chain.
std::vector<std::string> references_of_reply(const ParsedMessage& original) {
  auto chain = original.references;
  if (chain.empty() && !original.in_reply_to.empty()) {
    const auto field = std::find_if(original.headers.begin(), original.headers.end(), [](const auto& header) {
      return equals_ignoring_ascii_case(header.first, "in-reply-to");
    });
    const bool single =
        field != original.headers.end() && std::count(field->second.begin(), field->second.end(), '<') == 1;
    if (single) chain.push_back(original.in_reply_to);
  }
  std::erase(chain, original.message_id);
  if (!original.message_id.empty()) chain.push_back(original.message_id);
  std::set<std::string> seen;
  std::erase_if(chain, [&](const auto& id) { return !is_usable_id(id) || !seen.insert(id).second; });
  if (chain.size() > kMaxChain) {
    chain.erase(chain.begin() + 1, chain.begin() + static_cast<std::ptrdiff_t>(chain.size() - kMaxChain + 1));
  }
  return chain;
}

// Of the original's attachments those that go along with its text: all, or only the images its HTML shows.
Result<std::vector<OutgoingAttachment>> carried(const Original& original, bool with_html, bool images_only) {
  const auto shown = with_html ? content_ids_in(original.message.body_html) : std::vector<std::string>();
  // Some programs do not say that an image is one.
  const auto is_shown = [&](const auto& part) {
    return !part.content_id.empty() && (part.type.starts_with("image/") || part.type == "application/octet-stream") &&
           std::find(shown.begin(), shown.end(), part.content_id) != shown.end();
  };
  std::vector<Attachment> wanted;
  for (const auto& attachment : original.message.attachments) {
    // A signature holds for the original's bytes alone.
    const bool signature = attachment.is_inline && attachment.type.ends_with("-signature");
    if (images_only ? is_shown(attachment) : !signature) wanted.push_back(attachment);
  }
  auto parts = carry_parts(original.raw, wanted);
  if (!parts) return parts.error();
  std::set<std::string> taken;
  for (auto& part : *parts) {
    const bool inline_image = is_shown(part) && taken.insert(part.content_id).second;
    if (!inline_image) part.content_id.clear();
  }
  return parts;
}

// "Weekly report.eml", from a subject that may hold anything.
std::string file_name_of(std::string subject) {
  make_writable(subject);
  std::replace_if(
      subject.begin(), subject.end(),
      [](char c) { return std::string_view("/\\:*?\"<>|").find(c) != std::string_view::npos; }, '-');
  auto stem = std::string(cut_at_character(subject, kLongestFileStem));
  while (!stem.empty() && (stem.back() == ' ' || stem.back() == '.')) stem.pop_back();
  while (!stem.empty() && (stem.front() == ' ' || stem.front() == '.')) stem.erase(0, 1);
  return (stem.empty() ? "message" : stem) + ".eml";
}

// What was written as text and, where it or the original is there as HTML, as HTML; with the original below.
void put_bodies(Draft& draft, const Written& written, const std::string& text_below, const std::string& html_below) {
  const auto own_text = written.text ? *written.text : written.html ? html_to_text(*written.html) : std::string();
  draft.text = text_above(own_text, text_below);
  draft.flowed = true;
  if (!written.html && html_below.empty()) return;
  const auto own_html = written.html ? *written.html : as_html_above(own_text);
  draft.html = html_above(own_html, html_below);
}

}  // namespace

Result<std::vector<OutgoingAttachment>> attachments_of(const Original& original) {
  return carried(original, false, false);
}

Result<Original> read_original(const Blob& raw) {
  ParseLimits limits;
  limits.max_text = kMaxQuotedText;
  auto message = parse_message(raw, limits);
  if (!message) return message.error();
  return Original{*std::move(message), raw};
}

Result<Answer> make_reply(const Original& original, const ReplyRequest& request) {
  const auto& message = original.message;
  auto own = request.own_addresses;
  own.push_back(request.from.email);
  auto people = people_of_reply(message, own, request.all);
  Answer answer;
  answer.left_out = std::move(people.left_out);
  auto& draft = answer.draft;
  draft.from = request.from;
  draft.to = std::move(people.to);
  draft.cc = std::move(people.cc);
  draft.subject = reply_subject(message.subject);
  draft.references = references_of_reply(message);
  if (is_usable_id(message.message_id)) draft.in_reply_to = message.message_id;

  if (!request.quote) {
    put_bodies(draft, request.written, {}, {});
    return answer;
  }
  const bool original_html = request.quote_html && !message.body_html.empty();
  const bool html = original_html || request.written.html;
  put_bodies(draft, request.written, quoted_text(message),
             html ? quoted_html(message, !request.quote_html) : std::string());
  if (!original_html) return answer;
  auto images = carried(original, true, true);
  if (!images) return images.error();
  draft.attachments = *std::move(images);
  return answer;
}

Result<Draft> make_forward(const Original& original, const ForwardRequest& request) {
  const auto& message = original.message;
  Draft draft;
  draft.from = request.from;
  draft.to = request.to;
  draft.subject = forward_subject(message.subject);
  if (request.as_attachment) {
    put_bodies(draft, request.written, {}, {});
    draft.attachments.push_back({file_name_of(message.subject), "message/rfc822", original.raw});
    return draft;
  }
  if (message.text_cut) {
    return Error{Code::usage, "forwarding the message: its text is too long to stand in another", "--as-attachment"};
  }
  const bool html = !message.body_html.empty();
  put_bodies(draft, request.written, forwarded_text(message),
             html || request.written.html ? forwarded_html(message) : std::string());
  auto parts = carried(original, html, false);
  if (!parts) return parts.error();
  draft.attachments = *std::move(parts);
  return draft;
}

}  // namespace mailmgr
