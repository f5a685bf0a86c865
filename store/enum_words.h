// Enumerations as the words in which tokens.db keeps them. A word that no version of mailmgr wrote is damage.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/ports/provider_config.h"
#include "store/sql.h"

namespace mailmgr::store {

template <class Value, std::size_t N>
using Words = std::array<std::pair<Value, std::string_view>, N>;

inline constexpr Words<GrantState, 3> kGrantStates{{{GrantState::active, "active"},
                                                    {GrantState::needs_login, "needs_login"},
                                                    {GrantState::revoke_pending, "revoke_pending"}}};
inline constexpr Words<AccountState, 3> kAccountStates{
    {{AccountState::active, "active"}, {AccountState::paused, "paused"}, {AccountState::disconnected, "disconnected"}}};

[[noreturn]] inline void throw_unknown_word(std::string_view word) {
  throw Failure({Code::store, fmt::format("reading tokens.db: it holds the unknown word \"{}\"", word),
                 "restore it from a backup, or log in again"});
}

template <class Value, std::size_t N>
std::string_view word_of(const Words<Value, N>& words, Value value) {
  for (const auto& [candidate, word] : words) {
    if (candidate == value) return word;
  }
  return {};
}

template <class Value, std::size_t N>
Value value_of(const Words<Value, N>& words, const std::string& word) {
  for (const auto& [value, candidate] : words) {
    if (candidate == word) return value;
  }
  throw_unknown_word(word);
}

inline ProviderKind provider_kind_of(const std::string& word) {
  const auto kind = provider_kind(word);
  return kind ? *kind : (throw_unknown_word(word), ProviderKind::google);
}

inline GrantKind grant_kind_of(const std::string& word) {
  const auto kind = grant_kind(word);
  return kind ? *kind : (throw_unknown_word(word), GrantKind::oauth_code);
}

inline AccessLevel access_level_of(const std::string& word) {
  const auto level = access_level(word);
  return level ? *level : (throw_unknown_word(word), AccessLevel::full);
}

// Scopes and options hold no spaces (RFC 6749 §3.3).
inline std::string join_words(const std::set<std::string>& words) {
  return fmt::format("{}", fmt::join(words, " "));
}

inline std::set<std::string> split_words(std::string_view text) {
  std::set<std::string> words;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (end > 0) words.emplace(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

// Names of folders may hold spaces, but no line breaks.
inline std::string join_lines(const std::vector<std::string>& lines) {
  return fmt::format("{}", fmt::join(lines, "\n"));
}

inline std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace mailmgr::store
