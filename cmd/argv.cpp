#include "cmd/argv.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace mailmgr {
namespace {

constexpr char kShield = '\x1a';
constexpr std::array<std::string_view, 2> kDashWordCommands{"search", "list"};
constexpr std::string_view kShortOptions = "ahnqvy";  // the global ones of one letter

bool takes_dash_words(const std::vector<std::string>& words) {
  const auto command =
      std::find_if(words.begin(), words.end(), [](const std::string& word) { return !word.empty() && word[0] != '-'; });
  return command != words.end() &&
         std::find(kDashWordCommands.begin(), kDashWordCommands.end(), *command) != kDashWordCommands.end();
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

}  // namespace

std::vector<std::string> shield(std::vector<std::string> words) {
  for (std::size_t i = program_words(words); i < words.size(); ++i) words[i].insert(words[i].begin(), kShield);
  if (!takes_dash_words(words)) return words;
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
