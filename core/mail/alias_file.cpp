#include "core/mail/alias_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/encoding.h"
#include "core/mail/address.h"
#include "core/mail/compose.h"

namespace mailmgr {
namespace {

constexpr std::size_t kMostAliasTargets = 2000;
constexpr std::size_t kLongestAliasChain = 50;
constexpr std::string_view kAliasBlanks = " \t\r";

std::string_view trimmed_alias(std::string_view text) {
  const auto first = text.find_first_not_of(kAliasBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kAliasBlanks) - first + 1);
}

// The first `separator` that stands in no quotes, or the end.
std::size_t find_unquoted(std::string_view text, char separator) {
  bool is_quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      is_quoted = !is_quoted;
    } else if (text[at] == separator && !is_quoted) {
      return at;
    }
  }
  return text.size();
}

// "\"a b\"" → "a b".
std::string unquoted_alias(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::string(text);
  std::string plain;
  for (auto rest = text.substr(1, text.size() - 2); !rest.empty(); rest.remove_prefix(1)) {
    if (rest.front() == '\\' && rest.size() > 1) rest.remove_prefix(1);
    plain += rest.front();
  }
  return plain;
}

bool is_command_or_file(std::string_view target) {
  return target.starts_with('|') || target.starts_with('/') || target.starts_with(":include:");
}

void add_unless_there(std::vector<std::string>& list, const std::string& text) {
  const bool there = std::any_of(list.begin(), list.end(),
                                 [&](const std::string& known) { return equals_ignoring_ascii_case(known, text); });
  if (!there && list.size() < kMostAliasTargets) list.push_back(text);
}

}  // namespace

AliasFile AliasFile::parse(std::string_view text) {
  AliasFile file;
  std::string entry;
  std::size_t begun = 0, number = 0;
  const auto flush = [&] {
    if (!entry.empty()) file.add(entry, begun);
    entry.clear();
  };
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    const auto content = trimmed_alias(line);
    if (content.empty() || content.front() == '#') continue;
    if (line.front() == ' ' || line.front() == '\t') {
      entry += ' ';
      entry += content;
      continue;
    }
    flush();
    begun = number;
    entry = content;
  }
  flush();
  return file;
}

void AliasFile::add(std::string_view entry, std::size_t line) {
  const auto colon = find_unquoted(entry, ':');
  const std::string name = to_lower_ascii(unquoted_alias(trimmed_alias(entry.substr(0, colon))));
  if (colon == entry.size() || name.empty()) {
    problems_.push_back(fmt::format("line {} is not \"name: who, …\"", line));
    return;
  }
  std::vector<std::string> targets;
  for (auto rest = entry.substr(colon + 1); !rest.empty();) {
    const auto end = find_unquoted(rest, ',');
    auto target = unquoted_alias(trimmed_alias(rest.substr(0, end)));
    if (!target.empty()) targets.push_back(std::move(target));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (!aliases_.emplace(name, std::move(targets)).second) {
    problems_.push_back(fmt::format("line {}: {} is there already; the first counts", line, to_valid_utf8(name)));
  }
}

AliasMeaning AliasFile::resolve(std::string_view name) const {
  Walk walk;
  follow(to_lower_ascii(name), walk);
  return std::move(walk.meaning);
}

void AliasFile::follow(const std::string& name, Walk& walk) const {
  auto& meaning = walk.meaning;
  const auto alias = aliases_.find(name);
  const bool in_circle = std::find(walk.path.begin(), walk.path.end(), name) != walk.path.end();
  if (alias == aliases_.end() || in_circle || walk.path.size() == kLongestAliasChain) {
    add_unless_there(meaning.local, name);
    return;
  }
  if (!walk.followed.insert(name).second) return;
  walk.path.push_back(name);
  for (const auto& target : alias->second) {
    if (target == "/dev/null") {
      meaning.discarded = true;
    } else if (is_command_or_file(target)) {
      add_unless_there(meaning.skipped, target);
    } else if (target.starts_with('\\')) {  // no alias is to be looked for
      add_unless_there(meaning.local, to_lower_ascii(target.substr(1)));
    } else if (target.find('@') == std::string::npos) {
      follow(to_lower_ascii(target), walk);
    } else if (const auto addresses = parse_addresses(target)) {
      for (const auto& address : *addresses) {
        if (is_local_address(address.email)) {
          follow(to_lower_ascii(address.email.substr(0, address.email.rfind('@'))), walk);
        } else {
          add_unless_there(meaning.emails, address.email);
        }
      }
    } else {
      add_unless_there(meaning.skipped, target);
    }
  }
  walk.path.pop_back();
}

bool is_local_address(std::string_view email) {
  const auto at = email.rfind('@');
  if (at == std::string_view::npos) return true;
  const auto host = to_lower_ascii(email.substr(at + 1));
  return host.find('.') == std::string::npos || host.ends_with(".localdomain");
}

Result<std::vector<Address>> parse_local_addresses(std::string_view text) {
  std::vector<Address> addresses;
  for (const auto& token : mail::tokenize_addresses(text, kMostAliasTargets)) {
    const std::string& written = token.has_angle ? token.angle : token.phrase;
    const bool is_name = !written.empty() && written.find_first_of(" \t@") == std::string::npos;
    if (is_name && is_valid_utf8(written)) {
      addresses.push_back({"", written});
      continue;
    }
    auto parsed = parse_addresses(token.source);
    if (!parsed) return parsed.error();
    addresses.insert(addresses.end(), parsed->begin(), parsed->end());
  }
  if (!addresses.empty()) return addresses;
  return parse_addresses(text);  // says what is wrong
}

}  // namespace mailmgr
