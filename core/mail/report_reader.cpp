#include "core/mail/report_reader.h"

#include <algorithm>
#include <array>

#include "core/base/encoding.h"
#include "core/mail/body_text.h"
#include "core/mail/header_fields.h"

namespace mailmgr::mail {
namespace {

constexpr std::size_t kReportBytes = 64 * 1024;  // of each part
constexpr std::size_t kReportFields = 2000;
constexpr std::size_t kReportedRecipients = 1000;
constexpr std::size_t kMaxDiagnostic = 1000;

// Besides those of RFC 3464 and RFC 6522 §3, the ones for addresses outside ASCII (RFC 6533).
constexpr std::array<std::string_view, 2> kStatusTypes{"message/delivery-status", "message/global-delivery-status"};
constexpr std::array<std::string_view, 4> kReturnedTypes{"message/rfc822", "text/rfc822-headers", "message/global",
                                                         "message/global-headers"};

bool is_one_of(const auto& types, std::string_view type) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

std::string_view trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// "rfc822; ada@example.org" → "ada@example.org" (RFC 3464 §2.1.2); what has no type is left as it is.
std::string_view without_type(std::string_view value) {
  const auto semicolon = value.find(';');
  return trimmed(semicolon == std::string_view::npos ? value : value.substr(semicolon + 1));
}

std::string address(std::string_view value) {
  auto email = without_type(value);
  if (email.starts_with('<') && email.ends_with('>')) email = email.substr(1, email.size() - 2);
  return clean_text(std::string(email));
}

// "5.1.1 (mailbox unknown)" → "5.1.1"; "" unless it has the three numbers of RFC 3463 §2.
std::string status_code(std::string_view value) {
  const auto end = std::min(value.find_first_not_of("0123456789."), value.size());
  const auto code = value.substr(0, end);
  const bool complete = std::count(code.begin(), code.end(), '.') == 2 && code.size() >= 5 && code.size() <= 9 &&
                        code.front() >= '2' && code.front() <= '5' && code.back() != '.';
  return complete ? std::string(code) : std::string();
}

struct Group {
  std::string original, final, action;
  DeliveryReport::Recipient recipient;
};

void read_field(const HeaderField& field, Group& group) {
  const auto name = to_lower_ascii(field.name);
  if (name == "original-recipient") {
    group.original = address(field.value);
  } else if (name == "final-recipient") {
    group.final = address(field.value);
  } else if (name == "action") {
    group.action = to_lower_ascii(trimmed(field.value));
  } else if (name == "status") {
    group.recipient.status = status_code(trimmed(field.value));
  } else if (name == "diagnostic-code") {
    auto& text = group.recipient.diagnostic = clean_text(decode_text(without_type(field.value)));
    if (text.size() > kMaxDiagnostic) text = to_valid_utf8(text.substr(0, kMaxDiagnostic));
  }
}

// Blocks of fields with blank lines between; the first is about the message as a whole.
std::vector<std::string_view> blocks_of(std::string_view text) {
  std::vector<std::string_view> blocks;
  while (!text.empty() && blocks.size() <= kReportedRecipients) {
    const auto end = text.find("\n\n");
    if (const auto block = text.substr(0, end); block.find(':') != std::string_view::npos) blocks.push_back(block);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
  }
  return blocks;
}

}  // namespace

void ReportReader::begin_part(const PartHead& head) {
  into_ = nullptr;
  if (head.number.find('.') != std::string::npos) return;  // of something that came with a message
  if (is_one_of(kStatusTypes, head.type) && status_.empty()) into_ = &status_;
  if (is_one_of(kReturnedTypes, head.type) && returned_.empty() && !status_.empty()) into_ = &returned_;
}

void ReportReader::add(std::string_view bytes) {
  if (into_) into_->append(bytes.substr(0, kReportBytes - std::min(kReportBytes, into_->size())));
}

std::optional<DeliveryReport> ReportReader::finish() const {
  if (status_.empty()) return std::nullopt;
  DeliveryReport report;
  const auto text = with_unix_line_ends(status_);
  for (const auto block : blocks_of(text)) {
    Group group;
    for (const auto& field : split_fields(block, kReportFields)) read_field(field, group);
    const bool failed = group.action == "failed";
    if (!failed && group.action != "delayed") continue;  // it arrived, as far as that can be told
    group.recipient.action = failed ? DeliveryReport::Action::failed : DeliveryReport::Action::delayed;
    group.recipient.email = group.original.empty() ? group.final : group.original;
    report.recipients.push_back(std::move(group.recipient));
  }
  if (report.recipients.empty()) return std::nullopt;
  const auto returned = with_unix_line_ends(returned_);
  const auto header = std::string_view(returned).substr(0, returned.find("\n\n"));
  for (const auto& field : split_fields(header, kReportFields)) {
    if (equals_ignoring_ascii_case(field.name, "Message-ID") && report.message_id.empty()) {
      if (auto ids = read_message_ids(field.value, 1); !ids.empty()) report.message_id = std::move(ids.front());
    }
    if (equals_ignoring_ascii_case(field.name, kMarkerHeader)) report.marker = trimmed(field.value);
  }
  return report;
}

}  // namespace mailmgr::mail
