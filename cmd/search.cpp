// `mailmgr search`: finding messages, and the searches that are kept under names.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cmd/app.h"
#include "cmd/list_rows.h"
#include "cmd/message_json.h"
#include "cmd/outcome.h"
#include "cmd/output/terminal.h"
#include "cmd/query_text.h"
#include "store/store.h"

namespace mailmgr {
namespace {

using Json = nlohmann::ordered_json;

bool is_blank_text(std::string_view text) {
  return text.find_first_not_of(" \t") == std::string_view::npos;
}

class Search : public Command {
 public:
  void attach(CLI::App& cli) override {
    add_operands(cli, "query", words_, "Words of the search language; see: mailmgr help query");
    add_list_options(cli, options_);
    cli.add_option("--sort", options_.sort, "date (newest first) or relevance")
        ->check(CLI::IsMember({"date", "relevance"}));
    auto* explain = cli.add_flag("--explain", explain_, "Say how the query is understood and answered, find nothing");
    auto* save = cli.add_option("--save", save_, "Keep the query under this name, as @NAME")->check(refuse_empty);
    auto* list = cli.add_flag("--saved", saved_, "List the saved searches");
    auto* forget = cli.add_option("--forget", forget_, "Forget the saved search of this name")->check(refuse_empty);
    cli.add_flag("-n,--dry-run", dry_run_, "With --forget or --save: say what would be done");
    save->excludes(explain)->excludes(list)->excludes(forget);
    list->excludes(explain)->excludes(forget);
    forget->excludes(explain);
  }

  Status run(App& app) override {
    const std::string text = joined_words(words_);
    if (saved_ || !forget_.empty()) {
      if (!words_.empty()) {
        return Error{Code::usage, fmt::format("search: {} takes no query", saved_ ? "--saved" : "--forget NAME"),
                     fmt::format("without the words \"{}\"", output::one_line(text))};
      }
      return saved_ ? list_saved(app) : forget(app);
    }
    if (is_blank_text(text)) {
      return Error{Code::usage, "search: what for? The query is empty", "mailmgr search from:ada invoice"};
    }
    if (!save_.empty()) return save(app, text);
    if (dry_run_) return Error{Code::usage, "search: --dry-run goes with --save and --forget"};
    if (options_.sort == "relevance" && options_.before) {
      return Error{Code::usage, "search: --before follows dates, and --sort relevance does not",
                   "a higher --limit, or --sort date"};
    }
    auto selection = list_selection(app, options_);
    if (!selection) return selection.error();
    auto query = read_query(app, "search", text, selection->accounts);
    if (!query) return query.error();
    return explain_ ? explain(app, text, *query, *selection) : print_found(app, *query, *selection, options_.threads);
  }

 private:
  Status explain(App& app, const std::string& text, const query::Query& query, const Selection& selection) const {
    if (auto text_alone = app.check_text("search --explain"); !text_alone) return text_alone;
    auto accounts = app.accounts();
    if (!accounts) return accounts.error();
    auto mail = app.mail();
    if (!mail) return mail.error();
    const AccountNames names(*accounts);
    auto how = (*mail)->reader().explain(query, selection, names.all());
    if (!how) return how.error();
    const auto tree = query::to_string(query.root);
    if (app.options().json) {
      app.print_json(Json{{"query", text}, {"tree", tree}, {"method", how->method}, {"steps", how->steps}});
      return {};
    }
    app.out() << "tree: " << output::one_line(tree) << "\nmethod: " << how->method << '\n';
    for (const auto& step : how->steps) app.out() << "- " << step << '\n';
    return {};
  }

  Status save(App& app, const std::string& text) const {
    if (auto text_alone = app.check_text("search --save"); !text_alone) return text_alone;
    if (auto allowed = app.check_allowed(Permission::administer, "search --save"); !allowed) return allowed;
    Outcome outcome(app);
    outcome.add_item(save_one(app, text), save_);
    return outcome.status();
  }

  Status save_one(App& app, const std::string& text) const {
    if (!query::is_saved_name(save_)) {
      return Error{Code::usage, fmt::format("search --save: \"{}\" is no name for a search", output::one_line(save_)),
                   "letters, digits, - and _, at most 64 bytes"};
    }
    auto mail = app.mail();
    if (!mail) return mail.error();
    auto& searches = (*mail)->saved_searches();
    // As it will be: what it refers to must not lead back to it.
    const auto saved = [&](std::string_view name) -> Result<std::optional<std::string>> {
      if (name == save_) return std::optional(text);
      auto found = searches.find(name);
      if (!found) return found.error();
      return *found ? std::optional((*found)->query) : std::nullopt;
    };
    const auto query = query::parse("@" + save_, app.clock().now(), saved);
    if (!query) return query.error();
    if (!dry_run_) return searches.put({save_, text, app.clock().now()});
    if (!app.options().json) app.out() << "would save @" << output::one_line(save_) << '\n';
    return {};
  }

  Status list_saved(App& app) const {
    auto mail = app.mail();
    if (!mail) return mail.error();
    auto all = (*mail)->saved_searches().list();
    if (!all) return all.error();
    auto listing = app.listing({{"name", "NAME", 30}, {"query", "QUERY"}}, {"changed"});
    if (!listing) return listing.error();
    for (const auto& search : *all) {
      const Json row{{"name", search.name}, {"query", search.query}, {"changed", to_rfc3339(search.changed)}};
      if (!(*listing)->row(row)) return {};
    }
    return finish_listing(app, **listing);
  }

  Status forget(App& app) const {
    if (auto text_alone = app.check_text("search --forget"); !text_alone) return text_alone;
    if (auto allowed = app.check_allowed(Permission::administer, "search --forget"); !allowed) return allowed;
    Outcome outcome(app);
    outcome.add_item(forget_one(app), forget_);
    return outcome.status();
  }

  Status forget_one(App& app) const {
    const auto name = forget_.front() == '@' ? forget_.substr(1) : forget_;
    auto mail = app.mail();
    if (!mail) return mail.error();
    auto& searches = (*mail)->saved_searches();
    auto found = searches.find(name);
    if (!found) return found.error();
    if (!*found) {
      return Error{Code::not_found, fmt::format("search --forget: there is no saved search {}", output::one_line(name)),
                   "mailmgr search --saved"};
    }
    if (dry_run_) {
      if (!app.options().json) app.out() << "would forget @" << output::one_line(name) << '\n';
      return {};
    }
    auto removed = searches.remove(name);
    return removed ? Status() : Status(removed.error());
  }

  std::vector<std::string> words_;
  ListOptions options_;
  bool explain_ = false, saved_ = false, dry_run_ = false;
  std::string save_, forget_;
};

}  // namespace

std::unique_ptr<Command> make_search() {
  return std::make_unique<Search>();
}

}  // namespace mailmgr
