// `mailmgr help`: the manual page of a command, topics, and everything as JSON for programs.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cmd/app.h"
#include "cmd/man.h"
#include "cmd/output/listing.h"
#include "cmd/topics.h"

namespace mailmgr {
namespace {

using Json = nlohmann::ordered_json;

const CLI::App* find(const CLI::App& root, std::string_view path) {
  const CLI::App* app = &root;
  while (app && !path.empty()) {
    const auto space = path.find(' ');
    const std::string word(path.substr(0, space));
    path = space == std::string_view::npos ? std::string_view() : path.substr(space + 1);
    const auto found = app->get_subcommands([&](const CLI::App* sub) { return sub->get_name() == word; });
    app = found.empty() ? nullptr : found.front();
  }
  return app;
}

Json options_of(const CLI::App& cli) {
  Json options = Json::array();
  for (const auto* option : cli.get_options()) {
    Json json;
    const auto name = option->get_name(false, true);
    json["name"] = name.substr(0, name.find('{'));  // CLI11 shows the value of a flag that may have one
    json["takes_value"] = option->get_items_expected_max() > 0;
    json["description"] = option->get_description();
    options.push_back(std::move(json));
  }
  return options;
}

Json split(std::string_view words) {
  Json list = Json::array();
  while (!words.empty()) {
    const auto space = words.find(' ');
    list.push_back(std::string(words.substr(0, space)));
    words = space == std::string_view::npos ? std::string_view() : words.substr(space + 1);
  }
  return list;
}

Json everything(const CLI::App& root) {
  Json json;
  json["version"] = MAILMGR_VERSION;
  json["global_options"] = options_of(root);
  for (const auto& info : commands()) {
    Json command;
    command["name"] = info.path;
    command["summary"] = info.summary;
    command["example"] = info.example;
    command["options"] = options_of(*find(root, info.path));
    command["keys"] = split(info.keys);
    json["commands"].push_back(std::move(command));
  }
  json["exit_codes"].push_back({{"code", 0}, {"name", "ok"}, {"meaning", "what was asked was done"}});
  for (const auto& entry : exit_classes()) {
    json["exit_codes"].push_back({{"code", entry.exit_code}, {"name", entry.name}, {"meaning", entry.meaning}});
  }
  return json;
}

class Help : public Command {
 public:
  void attach(CLI::App& cli) override {
    add_operands(cli, "topic", words_, "A command, or: query, exit-codes, environment");
  }

  Status run(App& app) override {
    if (app.options().json) {
      app.print_json(everything(app.cli()));
      return {};
    }
    std::string topic;
    for (const auto& word : words_) topic += (topic.empty() ? "" : " ") + word;
    if (topic.empty()) {
      app.out() << app.cli().help();
      return {};
    }
    if (const auto text = topic_text(topic)) {
      app.out() << *text;
      return {};
    }
    for (const auto& info : commands()) {
      const bool group = info.path.starts_with(topic + " ");
      if (info.path != topic && !group) continue;
      if (app.people() && open_manual(std::string(info.man))) return {};
      app.out() << find(app.cli(), topic)->help();
      return {};
    }
    return Error{Code::not_found, fmt::format("help: there is no command or topic \"{}\"", topic), "mailmgr help"};
  }

 private:
  std::vector<std::string> words_;
};

}  // namespace

std::unique_ptr<Command> make_help() {
  return std::make_unique<Help>();
}

}  // namespace mailmgr
