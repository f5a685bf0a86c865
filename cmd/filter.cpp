// `mailmgr filter`: what a mailbox does by itself with mail that arrives.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cmd/ask.h"
#include "cmd/filter_json.h"
#include "cmd/mailbox_settings.h"
#include "cmd/options.h"
#include "cmd/outcome.h"
#include "cmd/output/terminal.h"
#include "core/query/query.h"

namespace mailmgr {
namespace {

using Json = nlohmann::ordered_json;

std::string said(const MailFilter& filter) {
  return fmt::format("{} → {}", output::one_line(in_search_words(filter.when)),
                     output::one_line(in_action_words(filter)));
}

// With what `more` can be asked for besides what a filter is.
Result<std::unique_ptr<output::Listing>> listing_of_filters(App& app, const std::vector<std::string>& more) {
  std::vector<std::string> keys{"order",   "understood", "broken",    "read_only", "from",    "to",
                                "subject", "has",        "not_has",   "labels",    "move",    "has_attachment",
                                "larger",  "smaller",    "archive",   "read",      "starred", "trash",
                                "delete",  "not_spam",   "important", "forward",   "stop",    "other"};
  keys.insert(keys.end(), more.begin(), more.end());
  return app.listing({{"id", "ID", 40},
                      {"when", "WHEN", 50},
                      {"then", "THEN"},
                      {"name", "NAME", 24, false, nullptr, 2},
                      {"enabled", "ON", 3, false, nullptr, 1},
                      {"account", "ACCOUNT", 24, false, nullptr, 3}},
                     keys);
}

class ListFilters : public Command {
 public:
  void attach(CLI::App&) override {}

  Status run(App& app) override {
    auto listing = listing_of_filters(app, {});
    if (!listing) return listing.error();
    const auto listed = for_settings_of_all(app, "filter list", [&](const SettingsOf& box) -> Status {
      const auto filters = list_filters(box, app.stop());
      if (!filters) return filters.error();
      for (const auto& filter : *filters) {
        if (!(*listing)->row(to_json(filter, box.account.name))) break;
      }
      return {};
    });
    (*listing)->finish();
    return listed ? check_found(app, (*listing)->rows()) : listed;
  }
};

class AddFilter : public Command {
 public:
  void attach(CLI::App& cli) override {
    auto& when = request_.filter.when;
    auto& then = request_.filter.then;
    add_repeated(cli, "--from", when.from, "Mail from somebody whose name or address has this");
    add_repeated(cli, "--to", when.to, "Mail to such a one, Cc included");
    add_repeated(cli, "--subject", when.subject, "Mail with this in its subject");
    add_repeated(cli, "--has", when.has, "Mail with these words (Gmail: a search of its own language)");
    add_repeated(cli, "--not-has", when.not_has, "Mail without them");
    cli.add_flag("--has-attachment", when.has_attachment, "Mail with attachments");
    cli.add_option("--larger", larger_, "Mail larger than so much: 5M, 200K, 1000")->check(refuse_empty);
    cli.add_option("--smaller", smaller_, "Mail smaller than that")->check(refuse_empty);
    add_repeated(cli, "--label", request_.labels, "Label it")->check(refuse_empty);
    cli.add_option("--move", request_.move, "Move it to this folder; at Gmail, out of the inbox under this label")
        ->check(refuse_empty);
    cli.add_flag("--archive", then.archive, "Keep it out of the inbox");
    cli.add_flag("--read", then.read, "Mark it as read");
    cli.add_flag("--starred", then.starred, "Star it (Gmail)");
    auto* important = cli.add_flag("--important", important_, "Mark it as important");
    cli.add_flag("--not-important", not_important_, "Never mark it as important (Gmail)")->excludes(important);
    cli.add_flag("--trash", then.trash, "Move it to the trash");
    cli.add_flag("--delete", then.erase, "Delete it for good (Outlook)");
    cli.add_flag("--not-spam", then.not_spam, "Never take it for spam (Gmail)");
    add_repeated(cli, "--forward", then.forward, "Pass it on to this address");
    cli.add_flag("--stop", then.stop, "Look at no filter behind this one (Outlook)");
    cli.add_option("--name", request_.filter.name, "What to call it (Outlook)")->check(refuse_empty);
    cli.add_option("--order", request_.filter.order, "When it runs, lowest first (Outlook; default: last)")
        ->check(refuse_empty);
    cli.add_flag("--disabled", disabled_, "Add it switched off (Outlook)");
    cli.add_flag("-n,--dry-run", dry_run_, "Say what would be added");
  }

  Status run(App& app) override {
    if (auto read = read_options(app); !read) return read;
    auto listing = listing_of_filters(app, {"ok", "dry_run"});
    if (!listing) return listing.error();
    auto account = app.acting_account();
    if (!account) return account.error();
    return with_settings(app, *account, [&](const SettingsOf& box) { return add(app, box, **listing); });
  }

 private:
  Status read_options(App& app) {
    auto& filter = request_.filter;
    for (const auto& [text, size, option] :
         {std::tuple{&larger_, &filter.when.larger, "--larger"}, {&smaller_, &filter.when.smaller, "--smaller"}}) {
      if (text->empty()) continue;
      // As the search language has it: one term, and nothing behind it.
      const auto query = query::parse(std::string(option + 2) + ":" + *text, app.clock().now());
      if (!query || query->root.kind != query::Node::Kind::term || !query->root.term.number) {
        return Error{Code::usage, fmt::format("filter add: {} {}: that is no size", option, output::one_line(*text)),
                     "5M, 200K or 1000"};
      }
      *size = query->root.term.number;
    }
    filter.enabled = !disabled_;
    if (important_ || not_important_) filter.then.important = important_;
    return {};
  }

  Status add(App& app, const SettingsOf& box, output::Listing& listing) const {
    const auto planned = plan_filter(request_, box, app.stop());
    if (!planned) return planned.error();
    if (!dry_run_ && planned->then.erase) {
      auto sure = confirm(app,
                          fmt::format("Delete for good whatever arrives at {} and fits {}?", box.account.name,
                                      output::one_line(in_search_words(planned->when))),
                          "filter add --delete");
      if (!sure) return sure;
    }
    const auto made = dry_run_ ? planned : add_filter(*planned, box, app.stop());
    if (!made) return made.error();
    print(app, *made, box.account.name, listing);
    return {};
  }

  void print(App& app, const MailFilter& filter, const std::string& account, output::Listing& listing) const {
    auto json = to_json(filter, account);
    json[dry_run_ ? "dry_run" : "ok"] = true;
    if (filter.id.empty()) json.erase("id");  // not added yet
    if (app.options().json || app.options().ids || !app.options().fields.empty()) {
      listing.row(json);
      listing.finish();
    } else if (dry_run_) {
      app.out() << "would add " << said(filter) << '\n';
    } else {
      app.out() << output::one_line(filter.id) << '\t' << said(filter) << '\n';
    }
  }

  FilterRequest request_;
  std::string larger_, smaller_;
  bool disabled_ = false, important_ = false, not_important_ = false, dry_run_ = false;
};

class DeleteFilters : public Command {
 public:
  void attach(CLI::App& cli) override {
    add_operands(cli, "id", ids_, "Their ids, as listed")->required();
    cli.add_flag("-n,--dry-run", dry_run_, "Say what would be deleted");
  }

  Status run(App& app) override {
    auto account = app.acting_account();
    if (!account) return account.error();
    return with_settings(app, *account, [&](const SettingsOf& box) { return remove(app, box); });
  }

 private:
  Status remove(App& app, const SettingsOf& box) const {
    const auto found = find_filters(ids_, box, app.stop());
    if (!found) return found.error();
    const auto known = std::count_if(found->begin(), found->end(), [](const auto& filter) { return bool(filter); });
    if (!dry_run_ && known > 0) {
      auto sure = confirm(app,
                          fmt::format("Delete {} filter{} of {}? What is gone cannot be brought back", known,
                                      known == 1 ? "" : "s", box.account.name),
                          "filter delete");
      if (!sure) return sure;
    }
    Outcome outcome(app);
    for (std::size_t i = 0; i < ids_.size(); ++i) {
      const auto& filter = (*found)[i];
      outcome.add_item(filter ? remove_one(app, *filter, box) : Status(filter.error()), ids_[i], box.account.name);
    }
    return outcome.status();
  }

  Status remove_one(App& app, const MailFilter& filter, const SettingsOf& box) const {
    if (!dry_run_) return remove_filter(filter.id, box, app.stop());
    if (!app.options().json) {
      app.out() << "would delete " << output::one_line(filter.id) << ": " << said(filter) << '\n';
    }
    return {};
  }

  std::vector<std::string> ids_;
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> make_filter_list() {
  return std::make_unique<ListFilters>();
}
std::unique_ptr<Command> make_filter_add() {
  return std::make_unique<AddFilter>();
}
std::unique_ptr<Command> make_filter_delete() {
  return std::make_unique<DeleteFilters>();
}

}  // namespace mailmgr
