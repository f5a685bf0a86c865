// `mailmgr template`: texts with variables, for send and bulk.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cmd/app.h"
#include "cmd/options.h"
#include "cmd/outcome.h"
#include "cmd/output/terminal.h"
#include "cmd/writing_files.h"
#include "core/flow/writing.h"
#include "store/store.h"

namespace mailmgr {
namespace {

using Json = nlohmann::ordered_json;

Json template_json(const NamedTemplate& named, bool whole) {
  Json json{{"name", named.name}, {"subject", named.content.subject}};
  // What was saved can be filled, so its variables are known; nothing is lost where a damaged store says otherwise.
  json["variables"] = template_variables(named.content).value_or(std::vector<std::string>());
  if (whole && named.content.text) json["text"] = *named.content.text;
  if (whole && named.content.html) json["html"] = *named.content.html;
  json["changed"] = to_rfc3339(named.changed);
  return json;
}

class SetTemplate : public Command {
 public:
  void attach(CLI::App& cli) override {
    cli.add_option("name", name_, "What to call it")->required();
    cli.add_option("-s,--subject", subject_, "The subject, which may hold variables");
    texts_.attach(cli);
  }

  Status run(App& app) override {
    Outcome outcome(app);
    outcome.add_item(save(app), name_);
    return outcome.status();
  }

 private:
  Status save(App& app) const {
    if (!subject_ && !texts_.given()) {
      return Error{Code::usage, fmt::format("template set {}: nothing is given", output::one_line(name_)),
                   "mailmgr template set --help"};
    }
    auto mail = app.mail();
    if (!mail) return mail.error();
    auto& store = (*mail)->templates();
    auto before = store.find(name_);
    if (!before) return before.error();
    MailTemplate content = *before ? std::move((*before)->content) : MailTemplate{};
    if (subject_) content.subject = *subject_;
    if (auto read = texts_.read("template set", content.text, content.html); !read) return read;
    return save_template(name_, std::move(content), app.clock().now(), store);
  }

  std::string name_;
  std::optional<std::string> subject_;
  TextOptions texts_;
};

class ListTemplates : public Command {
 public:
  void attach(CLI::App&) override {}

  Status run(App& app) override {
    auto mail = app.mail();
    if (!mail) return mail.error();
    auto all = (*mail)->templates().list();
    if (!all) return all.error();
    auto listing =
        app.listing({{"name", "NAME", 30}, {"subject", "SUBJECT", 50}, {"variables", "VARIABLES"}}, {"changed"});
    if (!listing) return listing.error();
    for (const auto& named : *all) {
      if (!(*listing)->row(template_json(named, false))) return {};
    }
    (*listing)->finish();
    return check_found(app, (*listing)->rows());
  }
};

class ShowTemplate : public Command {
 public:
  void attach(CLI::App& cli) override { cli.add_option("name", name_, "Its name")->required(); }

  Status run(App& app) override {
    auto mail = app.mail();
    if (!mail) return mail.error();
    const auto named = find_template(name_, (*mail)->templates());
    if (!named) return named.error();
    const Json json = template_json(*named, true);
    if (app.form() == output::Form::json) {
      app.print_json(json);
      return {};
    }
    app.out() << fmt::format("Name: {}\nSubject: {}\nVariables: {}\n", output::as_text(json["name"]),
                             output::as_text(json["subject"]), output::as_text(json["variables"]));
    for (const auto* part : {&named->content.text, &named->content.html}) {
      if (!*part) continue;
      app.out() << '\n' << output::many_lines(**part) << ((*part)->ends_with('\n') ? "" : "\n");
    }
    return {};
  }

 private:
  std::string name_;
};

class DeleteTemplate : public Command {
 public:
  void attach(CLI::App& cli) override {
    add_operands(cli, "name", names_, "Names")->required();
    cli.add_flag("-n,--dry-run", dry_run_, "Say what would be deleted");
  }

  Status run(App& app) override {
    auto mail = app.mail();
    if (!mail) return mail.error();
    Outcome outcome(app);
    for (const auto& name : names_) outcome.add_item(remove(app, name, (*mail)->templates()), name);
    return outcome.status();
  }

 private:
  Status remove(App& app, const std::string& name, TemplateStore& store) const {
    if (const auto named = find_template(name, store); !named) return named.error();
    if (dry_run_) {
      if (!app.options().json) app.out() << "would delete " << output::one_line(name) << '\n';
      return {};
    }
    const auto removed = store.remove(name);
    return removed ? Status() : Status(removed.error());
  }

  std::vector<std::string> names_;
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> make_template_set() {
  return std::make_unique<SetTemplate>();
}
std::unique_ptr<Command> make_template_list() {
  return std::make_unique<ListTemplates>();
}
std::unique_ptr<Command> make_template_show() {
  return std::make_unique<ShowTemplate>();
}
std::unique_ptr<Command> make_template_delete() {
  return std::make_unique<DeleteTemplate>();
}

}  // namespace mailmgr
