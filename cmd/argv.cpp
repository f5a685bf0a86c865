#include "cmd/argv.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "cmd/sendmail_words.h"

namespace mailmgr {
namespace {

constexpr char kShield = '\x1a';
constexpr std::array<std::string_view, 3> kDashWordCommands{"search", "list", "label"};
constexpr std::string_view kShortOptions = "ahnqvy";  // the global ones of one letter

// Options before a command and long ones behind sendmail whose value is the next word.
constexpr std::array<std::string_view, 11> kValueOptions{"--home",  "--fields",      "--account",        "-a",
                                                         "--color", "--allow",       "--notify_command", "--config",
                                                         "--key",   "--from-policy", "--postmaster_to"};

bool takes_next_word(std::string_view word) {
  return std::find(kValueOptions.begin(), kValueOptions.end(), word) != kValueOptions.end();
}

// Where the command is named, behind the options that stand before it.
std::optional<std::size_t> find_command(const std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (takes_next_word(words[i])) {
      ++i;
    } else if (words[i].empty() || words[i][0] != '-') {
      return i;
    }
  }
  return std::nullopt;
}

bool takes_dash_words(std::string_view command) {
  return std::find(kDashWordCommands.begin(), kDashWordCommands.end(), command) != kDashWordCommands.end();
}

bool is_dash_word(std::string_view word) {
  if (word.size() < 2 || word[0] != '-' || word[1] == '-') return false;
  const bool short_option = word.size() == 2 && kShortOptions.find(word[1]) != std::string_view::npos;
  const bool repeated = word.find_first_not_of('v', 1) == std::string_view::npos;  // -vv
  return !short_option && !repeated;
}

// Where the words of a program begin that `key set-source command` or --on-new is given: all that follows is its own.
std::size_t program_words(const std::vector<std::string>& words) {
  const auto on_new = std::find(words.begin(), words.end(), "--on-new");
  if (on_new != words.end() && std::find(words.begin(), on_new, "sync") != on_new) {
    return static_cast<std::size_t>(on_new - words.begin()) + 1;
  }
  for (std::size_t i = 0; i + 2 < words.size() && words[i] != "--"; ++i) {
    if (words[i] == "key" && words[i + 1] == "set-source") {
      const auto command = std::find(words.begin() + static_cast<std::ptrdiff_t>(i) + 2, words.end(), "command");
      return static_cast<std::size_t>(command - words.begin()) + 1;
    }
  }
  return words.size();
}

// All that is not a long option of ours is sendmail's own.
void shield_sendmail(std::vector<std::string>& words, std::size_t from) {
  const auto own = [&](std::size_t i) {
    if (i < words.size()) words[i].insert(words[i].begin(), kShield);
  };
  bool operands_only = false;
  for (std::size_t i = from; i < words.size(); ++i) {
    const bool is_end = !operands_only && words[i] == "--";
    const bool is_ours = !operands_only && !is_end && words[i].starts_with("--");
    operands_only |= is_end;
    if (is_ours) {
      if (takes_next_word(words[i])) ++i;
      continue;
    }
    const bool value_follows = !operands_only && sendmail_value_follows(words[i]);
    own(i);
    if (value_follows) own(++i);
  }
}

}  // namespace

std::optional<std::size_t> find_sendmail(const std::vector<std::string>& words) {
  const auto command = find_command(words);
  return command && words[*command] == "sendmail" ? command : std::nullopt;
}

std::vector<std::string> shield(std::vector<std::string> words) {
  if (const auto at = find_sendmail(words)) {
    shield_sendmail(words, *at + 1);
    return words;
  }
  for (std::size_t i = program_words(words); i < words.size(); ++i) words[i].insert(words[i].begin(), kShield);
  const auto command = find_command(words);
  if (!command || !takes_dash_words(words[*command])) return words;
  std::vector<std::string> shielded;
  bool operands_only = false;  // behind "--", which CLI11 would give to the program instead of the command
  for (auto& word : words) {
    if (word == "--" && !operands_only) {
      operands_only = true;
      continue;
    }
    const bool list_like = !word.empty() && word[0] == '[';  // CLI11 would split "[a,b]"
    const bool dashed = operands_only ? !word.empty() && word[0] == '-' : is_dash_word(word);
    if (list_like || dashed) word.insert(word.begin(), kShield);
    shielded.push_back(std::move(word));
  }
  return shielded;
}

std::string unshield(std::string word) {
  if (!word.empty() && word.front() == kShield) word.erase(word.begin());
  return word;
}

}  // namespace mailmgr
