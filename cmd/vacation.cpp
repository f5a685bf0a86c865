// `mailmgr vacation`: the automatic answer of somebody who is away.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cmd/mailbox_settings.h"
#include "cmd/options.h"
#include "cmd/output/terminal.h"
#include "cmd/writing_files.h"

namespace mailmgr {
namespace {

using Json = nlohmann::ordered_json;

void add_message(const AwayMessage& message, const char* text, const char* html, Json& json) {
  if (!message.text.empty()) json[text] = message.text;
  if (!message.html.empty()) json[html] = message.html;
}

Json vacation_json(const Vacation& vacation, const std::string& account, Time now) {
  Json json{{"account", account}, {"state", to_string(vacation.state)}, {"active", vacation.active(now)}};
  if (vacation.from) json["from"] = to_rfc3339(*vacation.from);
  if (vacation.until) json["until"] = to_rfc3339(*vacation.until);
  if (!vacation.subject.empty()) json["subject"] = vacation.subject;
  json["external"] = to_string(vacation.external);
  json["contacts_only"] = vacation.contacts_only;
  add_message(vacation.body, "body", "html", json);
  if (vacation.external_body) add_message(*vacation.external_body, "external_body", "external_html", json);
  return json;
}

std::string_view who(const Vacation& vacation) {
  if (vacation.contacts_only) {
    return vacation.external == Outsiders::none ? "contacts of the own organisation" : "contacts only";
  }
  switch (vacation.external) {
    case Outsiders::none:
      return "the own organisation only";
    case Outsiders::contacts:
      return "the own organisation, and contacts outside";
    case Outsiders::all:
      break;
  }
  return "everybody";
}

void print_text(App& app, std::string_view title, const AwayMessage& message) {
  if (message.text.empty()) return;
  app.out() << '\n' << title << output::many_lines(message.text) << (message.text.ends_with('\n') ? "" : "\n");
}

// For people; in a pipe too, as `template show`: scripts take --json.
void print_vacation(App& app, const Vacation& vacation, const std::string& account) {
  const Time now = app.clock().now();
  if (app.form() == output::Form::json) {
    app.print_json(vacation_json(vacation, account, now));
    return;
  }
  app.out() << fmt::format(
      "Account: {}\nState: {}{}\n", output::one_line(account), to_string(vacation.state),
      vacation.state == AwayState::scheduled ? vacation.active(now) ? " (now)" : " (not now)" : "");
  if (vacation.from) app.out() << "From: " << to_local_date(*vacation.from) << '\n';
  if (vacation.until) app.out() << "Until: " << to_local_date(*vacation.until) << '\n';
  app.out() << "Answers: " << who(vacation) << '\n';
  if (!vacation.subject.empty()) app.out() << "Subject: " << output::one_line(vacation.subject) << '\n';
  print_text(app, "", vacation.body);
  if (vacation.external_body) print_text(app, "To others:\n", *vacation.external_body);
}

class ShowVacation : public Command {
 public:
  void attach(CLI::App&) override {}

  Status run(App& app) override {
    bool first = true;
    return for_settings_of_all(app, "vacation show", [&](const SettingsOf& box) -> Status {
      const auto vacation = show_vacation(box, app.stop());
      if (!vacation) return vacation.error();
      if (!std::exchange(first, false) && !app.options().json) app.out() << '\n';
      print_vacation(app, *vacation, box.account.name);
      return {};
    });
  }
};

// Plans the change, and makes it unless it is only to be shown.
Status change_vacation(App& app, const VacationChange& change, bool dry_run) {
  auto account = app.acting_account();
  if (!account) return account.error();
  return with_settings(app, *account, [&](const SettingsOf& box) -> Status {
    const auto planned = plan_vacation(change, app.clock().now(), box, app.stop());
    if (!planned) return planned.error();
    if (dry_run && !app.options().json) app.out() << "It would be:\n";
    const auto result = dry_run ? planned : set_vacation(*planned, box, app.stop());
    if (!result) return result.error();
    print_vacation(app, *result, box.account.name);
    return {};
  });
}

class SetVacation : public Command {
 public:
  void attach(CLI::App& cli) override {
    cli.add_option("-s,--subject", change_.subject, "Put in front of the subject (Gmail)");
    texts_.attach(cli);
    cli.add_option("--external-body", change_.external_text, "What people outside are told instead (Outlook)");
    cli.add_option("--from", from_, "Answer from this moment on; all: from now")->check(refuse_empty);
    cli.add_option("--until", until_, "Answer before this moment; all: with no end")->check(refuse_empty);
    auto* external = cli.add_option("--external", external_, "Who outside is answered: none, contacts, all")
                         ->check(CLI::IsMember({"none", "contacts", "all"}));
    cli.add_flag("--domain-only", domain_only_, "The own organisation only: --external none")->excludes(external);
    cli.add_flag("--contacts-only,!--no-contacts-only", contacts_only_, "Contacts only, wherever they are (Gmail)");
    cli.add_flag("-n,--dry-run", dry_run_, "Say what it would be");
  }

  Status run(App& app) override {
    if (auto read = texts_.read("vacation set", change_.text, change_.html); !read) return read;
    for (const auto& [text, time, option] :
         {std::tuple{&from_, &change_.from, "--from"}, {&until_, &change_.until, "--until"}}) {
      if (text->empty()) continue;
      auto date = parse_date(*text, app.clock().now());
      if (!date) return date.error().within(fmt::format("vacation set: {}", option));
      *time = *date;
    }
    if (!external_.empty()) change_.external = outsiders(external_);
    if (domain_only_) change_.external = Outsiders::none;
    change_.contacts_only = contacts_only_;
    return change_vacation(app, change_, dry_run_);
  }

 private:
  VacationChange change_;
  TextOptions texts_;
  std::string from_, until_, external_;
  std::optional<bool> contacts_only_;
  bool domain_only_ = false, dry_run_ = false;
};

class VacationOff : public Command {
 public:
  void attach(CLI::App& cli) override { cli.add_flag("-n,--dry-run", dry_run_, "Say what it would be"); }

  Status run(App& app) override {
    VacationChange change;
    change.off = true;
    return change_vacation(app, change, dry_run_);
  }

 private:
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> make_vacation_show() {
  return std::make_unique<ShowVacation>();
}
std::unique_ptr<Command> make_vacation_set() {
  return std::make_unique<SetVacation>();
}
std::unique_ptr<Command> make_vacation_off() {
  return std::make_unique<VacationOff>();
}

}  // namespace mailmgr
