// `mailmgr completion bash|zsh|fish`: made from the command line itself, so it cannot fall behind.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cmd/app.h"

namespace mailmgr {
namespace {

struct Node {
  std::string path;                                          // "" or "provider set"
  std::vector<std::pair<std::string, std::string>> words;    // subcommands with their summaries
  std::vector<std::pair<std::string, std::string>> options;  // long options with their descriptions
};

void collect(const CLI::App& app, const std::string& path, std::vector<Node>& nodes) {
  Node node{path, {}, {}};
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) node.options.emplace_back("--" + name, option->get_description());
  }
  const auto subcommands = app.get_subcommands([](const CLI::App*) { return true; });
  for (const auto* sub : subcommands) node.words.emplace_back(sub->get_name(), sub->get_description());
  nodes.push_back(std::move(node));
  for (const auto* sub : subcommands) {
    collect(*sub, path.empty() ? sub->get_name() : path + " " + sub->get_name(), nodes);
  }
}

// Safe inside single quotes of all three shells.
std::string quoted(const std::string& text) {
  std::string safe;
  for (const char c : text) safe += c == '\'' || c == '\\' ? ' ' : c;
  return safe;
}

std::string bash(const std::vector<Node>& nodes) {
  std::string cases;
  for (const auto& node : nodes) {
    std::string words;
    for (const auto& [word, summary] : node.words) words += word + " ";
    for (const auto& [option, description] : node.options) words += option + " ";
    if (!node.path.empty()) {
      for (const auto& [option, description] : nodes.front().options) words += option + " ";
    }
    cases += fmt::format("    '{}') words='{}' ;;\n", node.path, words);
  }
  std::string groups;
  for (const auto& node : nodes) {
    if (!node.path.empty() && !node.words.empty()) groups += (groups.empty() ? "" : "|") + node.path;
  }
  return fmt::format(R"(# bash completion for mailmgr
_mailmgr() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} path='' words='' word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${{COMP_WORDS[i]}}
    case $word in -*) continue ;; esac
    case $path in
      '') path=$word ;;
      {}) path="$path $word" ;;
    esac
  done
  case $path in
{}    *) words='' ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  [ ${{#COMPREPLY[@]}} -gt 0 ] || COMPREPLY=($(compgen -f -- "$cur"))
}}
complete -o filenames -F _mailmgr mailmgr
)",
                     groups, cases);
}

std::string zsh(const std::vector<Node>& nodes) {
  std::string cases;
  for (const auto& node : nodes) {
    std::string words;
    for (const auto& [word, summary] : node.words) words += fmt::format(" '{}:{}'", word, quoted(summary));
    for (const auto& [option, description] : node.options) {
      words += fmt::format(" '{}:{}'", option, quoted(description));
    }
    cases += fmt::format("    '{}') entries=({}) ;;\n", node.path, words);
  }
  std::string groups;
  for (const auto& node : nodes) {
    if (!node.path.empty() && !node.words.empty()) groups += (groups.empty() ? "" : "|") + node.path;
  }
  return fmt::format(R"(#compdef mailmgr
_mailmgr() {{
  local named='' word
  local -a entries
  for word in ${{words[2,CURRENT-1]}}; do
    case $word in -*) continue ;; esac
    case $named in
      '') named=$word ;;
      {}) named="$named $word" ;;
    esac
  done
  case $named in
{}    *) entries=() ;;
  esac
  _describe 'mailmgr' entries || _files
}}
compdef _mailmgr mailmgr
)",
                     groups, cases);
}

std::string fish(const std::vector<Node>& nodes) {
  std::string lines = "# fish completion for mailmgr\n";
  for (const auto& node : nodes) {
    std::string condition = "__fish_use_subcommand";
    if (!node.path.empty()) {
      condition.clear();
      std::string rest = node.path;
      for (std::size_t space = 0; !rest.empty();) {
        space = rest.find(' ');
        condition += (condition.empty() ? "" : "; and ") + ("__fish_seen_subcommand_from " + rest.substr(0, space));
        rest = space == std::string::npos ? "" : rest.substr(space + 1);
      }
    }
    for (const auto& [word, summary] : node.words) {
      lines += fmt::format("complete -c mailmgr -f -n '{}' -a '{}' -d '{}'\n", condition, word, quoted(summary));
    }
    for (const auto& [option, description] : node.options) {
      const std::string when = node.path.empty() ? "" : fmt::format(" -n '{}'", condition);
      lines += fmt::format("complete -c mailmgr{} -l '{}' -d '{}'\n", when, option.substr(2), quoted(description));
    }
  }
  return lines;
}

class Completion : public Command {
 public:
  void attach(CLI::App& cli) override {
    cli.add_option("shell", shell_, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  }

  Status run(App& app) override {
    std::vector<Node> nodes;
    collect(app.cli(), "", nodes);
    app.out() << (shell_ == "bash" ? bash(nodes) : shell_ == "zsh" ? zsh(nodes) : fish(nodes));
    return {};
  }

 private:
  std::string shell_;
};

}  // namespace

std::unique_ptr<Command> make_completion() {
  return std::make_unique<Completion>();
}

}  // namespace mailmgr
