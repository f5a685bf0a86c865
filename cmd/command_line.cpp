#include "cmd/command_line.h"

#include <fmt/format.h>

#include <algorithm>

#include "cmd/argv.h"
#include "cmd/output/terminal.h"

namespace mailmgr {
namespace {

// The part of the tree a path like "provider set" hangs on.
CLI::App* parent_of(CLI::App& root, std::string_view path, std::span<const CommandGroup> groups) {
  const auto space = path.find(' ');
  if (space == std::string_view::npos) return &root;
  const std::string group(path.substr(0, space));
  const auto known = root.get_subcommands([&](const CLI::App* app) { return app->get_name() == group; });
  if (!known.empty()) return known.front();
  std::string summary;
  for (const auto& entry : groups) {
    if (entry.name == group) summary = entry.summary;
  }
  auto* made = root.add_subcommand(group, summary);
  made->fallthrough()->require_subcommand(0, 1);
  return made;
}

std::string last_word(std::string_view path) {
  const auto space = path.rfind(' ');
  return std::string(space == std::string_view::npos ? path : path.substr(space + 1));
}

std::string path_of(const CLI::App& app) {
  return app.get_parent() ? path_of(*app.get_parent()) + " " + app.get_name() : app.get_name();
}

// Before anything else looks at a word, it is as it was typed, without its shield. An operand that is empty is a
// variable that was never set, and no wish for the default; among another program's words, which are shielded, it may
// be meant.
void read_as_typed(CLI::Option& option) {
  const bool operand = option.get_positional();
  const bool counts = option.get_type_name().starts_with("UINT");
  option.transform(CLI::Validator(
      [operand, counts](std::string& word) {
        if (operand && word.empty()) return refuse_empty(word);
        word = unshield(std::move(word));
        // CLI11 would take -1 for the largest number there is.
        if (counts && word.find('-') != std::string::npos) return fmt::format("\"{}\" is no number from 0 on", word);
        return std::string();
      },
      ""));
}

}  // namespace

CommandLine::CommandLine(std::span<const CommandInfo> table, std::span<const CommandGroup> groups)
    : app_("Mail at Google and Microsoft, from the command line", "mailmgr") {
  app_.set_help_flag();
  app_.fallthrough();
  app_.require_subcommand(0, 1);
  app_.add_flag("-h,--help", help_, "Show help")->group("Global options")->configurable(false);
  app_.add_flag("--version", version_, "Show the version")->group("Global options")->configurable(false);
  add_global_options(app_, options_);
  for (const auto& info : table) {
    auto* cli = parent_of(app_, info.path, groups)->add_subcommand(last_word(info.path), std::string(info.summary));
    cli->fallthrough();
    cli->set_help_flag();
    cli->footer(fmt::format("Example: {}\nAll options: mailmgr --help. Manual: man {}", info.example, info.man));
    entries_.push_back({&info, cli, info.make()});
    entries_.back().command->attach(*cli);
    for (auto* option : cli->get_options()) read_as_typed(*option);
  }
  for (auto* option : app_.get_options()) read_as_typed(*option);
}

Status CommandLine::parse(std::vector<std::string> words, const std::string& config_file) {
  words = shield(std::move(words));
  std::reverse(words.begin(), words.end());  // CLI11 takes them from the back
  auto* config = app_.set_config("--config", config_file, "Read defaults of options from this file, not config.toml");
  config->group("Global options");
  read_as_typed(*config);
  app_.allow_config_extras(CLI::config_extras_mode::error);  // a default that was misspelt would not hold, unnoticed
  try {
    app_.parse(words);
  } catch (const CLI::ConfigError& error) {
    constexpr std::string_view kUnknown = "INI was not able to parse ";
    std::string_view what = error.what();
    const bool unknown = what.starts_with(kUnknown);
    if (unknown) what.remove_prefix(kUnknown.size());
    return Error{Code::config,
                 fmt::format("reading {}: {}{}", config->count() > 0 ? config->as<std::string>() : config_file,
                             unknown ? "there is no option " : "", output::one_line(what)),
                 "mailmgr help lists what can stand there"};
  } catch (const CLI::ParseError& error) {
    // `mailmgr send --help` must not ask for what send needs.
    if (help_ || version_) return {};
    return Error{Code::usage, output::one_line(error.what()), path_of(*named()) + " --help"};
  }
  const auto* last = named();
  if (!help_ && !version_ && last != &app_ && !command().second) {
    return Error{Code::usage, fmt::format("{}: which command?", path_of(*last)), path_of(*last) + " --help"};
  }
  return {};
}

const CLI::App* CommandLine::named() const {
  const CLI::App* last = &app_;
  while (!last->get_subcommands().empty()) last = last->get_subcommands().front();
  return last;
}

std::pair<const CommandInfo*, Command*> CommandLine::command() const {
  for (const auto& entry : entries_) {
    if (entry.cli == named()) return {entry.info, entry.command.get()};
  }
  return {};
}

std::string CommandLine::help_text() const {
  return named()->help();
}

}  // namespace mailmgr
