#include "core/mail/subject.h"

#include <algorithm>
#include <span>

#include "core/base/encoding.h"
#include "core/mail/writable_text.h"

namespace mailmgr {
namespace {

constexpr std::size_t kLongestSubject = 2000;

// The subject without such prefixes; a prefix is followed by ':' or, from Chinese programs, by its wide form.
std::string bare_subject(std::string_view subject, std::span<const std::string_view> prefixes) {
  std::string text(subject);
  mail::make_writable(text);
  std::string_view rest = text;
  const auto trim_start = [&] { rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size())); };
  trim_start();
  for (bool found = true; found;) {
    found = false;
    for (const auto prefix : prefixes) {
      if (!equals_ignoring_ascii_case(rest.substr(0, prefix.size()), prefix)) continue;
      auto after = rest.substr(prefix.size());
      // "Re[2]: ", "RE : "
      if (after.starts_with('[') && after.find(']') < 5) after.remove_prefix(after.find(']') + 1);
      if (after.starts_with(' ')) after.remove_prefix(1);
      const std::size_t colon = after.starts_with(':') ? 1 : after.starts_with("：") ? 3 : 0;
      if (colon == 0) continue;
      rest = after.substr(colon);
      trim_start();
      found = true;
      break;
    }
  }
  auto bare = std::string(cut_at_character(rest, kLongestSubject));
  while (bare.ends_with(' ')) bare.pop_back();
  return bare;
}

std::string with_prefix(std::string_view prefix, const std::string& bare) {
  return bare.empty() ? std::string(prefix) : std::string(prefix) + " " + bare;
}

}  // namespace

std::string topic_of(std::string_view subject) {
  static constexpr std::string_view kReplies[] = {"re", "aw", "sv", "antw", "回复", "答复", "回覆"};
  return bare_subject(subject, kReplies);
}

std::string reply_subject(std::string_view subject) {
  return with_prefix("Re:", topic_of(subject));
}

std::string forward_subject(std::string_view subject) {
  static constexpr std::string_view kForwards[] = {"fwd", "fw", "wg", "转发", "轉寄"};
  return with_prefix("Fwd:", bare_subject(subject, kForwards));
}

}  // namespace mailmgr
