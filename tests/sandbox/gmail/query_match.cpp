#include "tests/sandbox/gmail/query_match.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "core/base/encoding.h"

namespace mailmgr::sandbox::gmail {
namespace {

bool contains_phrase(std::string_view text, const std::vector<std::string>& phrase) {
  const auto tokens = search_tokens(text);
  return !phrase.empty() && std::search(tokens.begin(), tokens.end(), phrase.begin(), phrase.end()) != tokens.end();
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

// 2026/01/31, 2026-01-31 or 01/31/2026 at midnight Pacific standard time, or seconds since 1970.
std::optional<Time> search_date(std::string_view text) {
  if (const auto seconds = number(text); seconds && text.size() > 4) {
    return from_unix_seconds(static_cast<std::int64_t>(*seconds));
  }
  std::vector<std::uint64_t> fields;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find_first_of("/-", at), text.size());
    const auto field = number(text.substr(at, end - at));
    if (!field) {
      return std::nullopt;
    }
    fields.push_back(*field);
    at = end + 1;
  }
  if (fields.size() != 3) {
    return std::nullopt;
  }
  if (fields[0] < 1000) {
    fields = {fields[2], fields[0], fields[1]};
  }
  const std::chrono::year_month_day day{std::chrono::year(static_cast<int>(fields[0])),
                                        std::chrono::month(static_cast<unsigned>(fields[1])),
                                        std::chrono::day(static_cast<unsigned>(fields[2]))};
  if (!day.ok()) {
    return std::nullopt;
  }
  return Time(std::chrono::sys_days(day)) + std::chrono::hours(8);
}

// "2d", "3m", "1y" as a length of time; months and years as Gmail's help leaves them, roughly.
std::optional<std::chrono::hours> search_age(std::string_view text) {
  if (text.size() < 2) {
    return std::nullopt;
  }
  const auto count = number(text.substr(0, text.size() - 1));
  const char unit = text.back();
  const int days = unit == 'd' ? 1 : unit == 'w' ? 7 : unit == 'm' ? 30 : unit == 'y' ? 365 : 0;
  if (!count || *count > 10'000 || days == 0) {
    return std::nullopt;
  }
  return std::chrono::hours(24 * days * static_cast<int>(*count));
}

std::optional<std::uint64_t> search_size(std::string_view text) {
  std::uint64_t unit = 1;
  if (!text.empty()) {
    const char last = text.back();
    unit = last == 'K' || last == 'k' ? 1024 : last == 'M' || last == 'm' ? 1024 * 1024 : 1;
  }
  const auto count = number(text.substr(0, text.size() - (unit == 1 ? 0 : 1)));
  return count && *count < (std::uint64_t{1} << 40) ? std::optional(*count * unit) : std::nullopt;
}

}  // namespace

const mime::Part& Matcher::parts() {
  if (!parts_) {
    parts_ = mime::parse_parts(message_.raw());
  }
  return *parts_;
}

bool Matcher::matches(const Query::Node& node) {
  const auto holds = [&](const Query::Node& child) { return matches(child); };
  switch (node.kind) {
    case Query::Kind::all:
      return std::all_of(node.children.begin(), node.children.end(), holds);
    case Query::Kind::any:
      return std::any_of(node.children.begin(), node.children.end(), holds);
    case Query::Kind::none:
      return std::none_of(node.children.begin(), node.children.end(), holds);
    case Query::Kind::leaf:
      return leaf(node);
  }
  return false;
}

bool Matcher::leaf(const Query::Node& node) {
  const std::string& op = node.op;
  const std::string value = to_lower_ascii(node.value);
  if (op.empty()) return words(node);
  if (op == "from") return contains_phrase(message_.header_facts().from, node.tokens);
  if (op == "to") {
    const auto& facts = message_.header_facts();
    return contains_phrase(facts.to, node.tokens) || contains_phrase(facts.cc, node.tokens) ||
           contains_phrase(facts.bcc, node.tokens);
  }
  if (op == "cc") return contains_phrase(message_.header_facts().cc, node.tokens);
  if (op == "bcc") return contains_phrase(message_.header_facts().bcc, node.tokens);
  if (op == "subject") return contains_phrase(message_.header_facts().subject, node.tokens);
  if (op == "list") return contains_phrase(message_.header_facts().list_id, node.tokens);
  if (op == "deliveredto") return contains_phrase(message_.header_facts().delivered_to, node.tokens);
  if (op == "label") return has_label_named(value);
  if (op == "in") return place(value);
  if (op == "is") return is(value);
  if (op == "has") return has(value);
  if (op == "filename") return filename(node);
  if (op == "category") return has_label_named("category_" + (value == "primary" ? "personal" : value));
  if (op == "rfc822msgid") {
    std::string_view wanted = node.value;
    const bool bracketed = wanted.starts_with('<') && wanted.ends_with('>');
    wanted = bracketed ? wanted.substr(1, wanted.size() - 2) : wanted;
    const std::string_view own = message_.message_id;
    return own.size() > 2 && own.substr(1, own.size() - 2) == wanted;
  }
  if (op == "size" || op == "larger" || op == "smaller") return size(node);
  return date(node);
}

bool Matcher::words(const Query::Node& node) {
  const auto& facts = message_.header_facts();
  for (const auto* text : {&facts.subject, &facts.from, &facts.to, &facts.cc, &facts.bcc}) {
    if (contains_phrase(*text, node.tokens)) {
      return true;
    }
  }
  return contains_phrase(mime::plain_text(parts()), node.tokens) || filename(node);
}

bool Matcher::has_label_named(std::string_view value) const {
  const auto wanted = search_name(value);
  return std::any_of(message_.labels.begin(), message_.labels.end(),
                     [&](LabelKey key) { return search_name(labels_.at(key).name) == wanted; });
}

bool Matcher::place(std::string_view value) const {
  if (value == "anywhere" || value == "all") return true;
  if (value == "drafts") return message_.has(SystemLabel::draft);
  if (value == "chats") return message_.has(SystemLabel::chat);
  if (value == "archive") {
    constexpr SystemLabel kElsewhere[] = {SystemLabel::inbox, SystemLabel::spam, SystemLabel::trash, SystemLabel::draft,
                                          SystemLabel::sent};
    return std::none_of(std::begin(kElsewhere), std::end(kElsewhere),
                        [&](SystemLabel label) { return message_.has(label); });
  }
  return has_label_named(value);
}

bool Matcher::is(std::string_view value) const {
  if (value == "read") return !message_.has(SystemLabel::unread);
  return has_label_named(value);  // unread, starred, important, …
}

bool Matcher::has(std::string_view value) {
  const auto user_labels = std::count_if(message_.labels.begin(), message_.labels.end(),
                                         [&](LabelKey key) { return !labels_.at(key).system; });
  if (value == "userlabels") return user_labels > 0;
  if (value == "nouserlabels") return user_labels == 0;
  if (value != "attachment") return false;
  const auto all = mime::flatten(parts());
  return std::any_of(all.begin(), all.end(), [](const mime::Part* part) { return part->is_attachment(); });
}

bool Matcher::filename(const Query::Node& node) {
  for (const mime::Part* part : mime::flatten(parts())) {
    if (contains_phrase(part->filename, node.tokens)) {
      return true;
    }
  }
  return false;
}

bool Matcher::date(const Query::Node& node) const {
  const Time date = message_.internal_date;
  if (node.op == "newer_than" || node.op == "older_than") {
    const auto age = search_age(to_lower_ascii(node.value));
    return age && (node.op == "newer_than" ? date > now_ - *age : date < now_ - *age);
  }
  const bool after = node.op == "after" || node.op == "newer";
  if (!after && node.op != "before" && node.op != "older") {
    return false;  // an operator that this stand-in knows by name only
  }
  const auto limit = search_date(node.value);
  return limit && (after ? date >= *limit : date < *limit);
}

bool Matcher::size(const Query::Node& node) const {
  const auto limit = search_size(node.value);
  if (!limit) {
    return false;
  }
  return node.op == "smaller" ? message_.byte_size() < *limit : message_.byte_size() > *limit;
}

}  // namespace mailmgr::sandbox::gmail
