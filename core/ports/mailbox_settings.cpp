#include "core/ports/mailbox_settings.h"

#include <algorithm>
#include <iterator>

namespace mailmgr {
namespace {

constexpr std::string_view kAwayStates[] = {"off", "on", "scheduled"};
constexpr std::string_view kOutsiders[] = {"none", "contacts", "all"};

void add_word(std::string& words, const std::string& word) {
  words += (words.empty() ? "" : " ") + word;
}

// A value that the language would take apart is quoted; a quote cannot be written in it.
std::string written(std::string value) {
  if (value.find_first_of(" \t\r\n\"(){}:") == std::string::npos && !value.starts_with('-')) return value;
  std::replace(value.begin(), value.end(), '"', '\'');
  return '"' + value + '"';
}

// One of several values: (from:a OR from:b).
void add_any(std::string& words, std::string_view field, const std::vector<std::string>& values, bool is_query) {
  std::string any;
  for (const auto& value : values) {
    any += (any.empty() ? "" : " OR ") + std::string(field) + (is_query ? value : written(value));
  }
  if (any.empty()) return;
  const bool group = values.size() > 1 || (is_query && any.find(' ') != std::string::npos && !any.starts_with('"'));
  add_word(words, group ? "(" + any + ")" : any);
}

}  // namespace

std::string in_search_words(const FilterConditions& conditions) {
  std::string words;
  add_any(words, "from:", conditions.from, false);
  add_any(words, "to:", conditions.to, false);
  add_any(words, "subject:", conditions.subject, false);
  add_any(words, "", conditions.has, true);
  std::string without;
  add_any(without, "", conditions.not_has, true);
  if (!without.empty()) add_word(words, "-" + without);
  if (conditions.has_attachment) add_word(words, "has:attachment");
  if (conditions.larger) add_word(words, "larger:" + std::to_string(*conditions.larger));
  if (conditions.smaller) add_word(words, "smaller:" + std::to_string(*conditions.smaller));
  return words;
}

std::string_view to_string(AwayState state) {
  return kAwayStates[static_cast<int>(state)];
}

std::string_view to_string(Outsiders outsiders) {
  return kOutsiders[static_cast<int>(outsiders)];
}

std::optional<Outsiders> outsiders(std::string_view word) {
  const auto found = std::find(std::begin(kOutsiders), std::end(kOutsiders), word);
  if (found == std::end(kOutsiders)) return std::nullopt;
  return static_cast<Outsiders>(found - std::begin(kOutsiders));
}

bool Vacation::active(Time now) const {
  if (state == AwayState::off) return false;
  if (state == AwayState::on) return true;
  return (!from || now >= *from) && (!until || now < *until);
}

}  // namespace mailmgr
