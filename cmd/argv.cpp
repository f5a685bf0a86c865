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

}  // namespace

std::vector<std::string> shield(std::vector<std::string> words) {
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
