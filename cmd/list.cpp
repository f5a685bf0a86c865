// `mailmgr list`, and the rows that `mailmgr search` prints the same way.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cmd/app.h"
#include "cmd/list_rows.h"
#include "cmd/message_json.h"
#include "cmd/options.h"
#include "cmd/outcome.h"
#include "cmd/output/terminal.h"
#include "cmd/query_text.h"
#include "core/query/query.h"
#include "store/store.h"

namespace mailmgr {
namespace {

constexpr std::uint64_t kRowsOnTerminal = 50;

}  // namespace

void add_list_options(CLI::App& cli, ListOptions& options) {
  cli.add_flag("--threads", options.threads, "One row per conversation");
  cli.add_option("--limit", options.limit, "At most so many rows (default: 50 on a terminal, else all)")
      ->check(refuse_empty);
  cli.add_option("--before", options.before, "Only what is listed after this message id: the next page")
      ->check(refuse_empty);
}

// The pager comes when there is something to show: until then Ctrl-C is for the search.
Status finish_listing(App& app, output::Listing& listing) {
  if (listing.rows() > 0) app.page();
  listing.finish();
  return check_found(app, listing.rows());
}

namespace {

Status print_messages(App& app, const query::Query& query, const Selection& selection, const AccountNames& names) {
  auto mail = app.mail();
  if (!mail) return mail.error();
  auto listing = app.listing(message_columns(names.all().size() > 1), message_keys());
  if (!listing) return listing.error();
  const auto print = [&](const MessageRow& row) { return (*listing)->row(to_json(row, names), row.unread); };
  if (auto found = (*mail)->reader().search(query, selection, names.all(), print); !found) return found;
  return finish_listing(app, **listing);
}

Status print_threads(App& app, const query::Query& query, const Selection& selection, const AccountNames& names) {
  auto mail = app.mail();
  if (!mail) return mail.error();
  auto listing = app.listing(thread_columns(names.all().size() > 1));
  if (!listing) return listing.error();
  const auto print = [&](const ThreadRow& row) { return (*listing)->row(to_json(row, names), row.unread > 0); };
  if (auto found = (*mail)->reader().search_threads(query, selection, names.all(), print); !found) return found;
  return finish_listing(app, **listing);
}

}  // namespace

Result<Selection> list_selection(App& app, const ListOptions& options) {
  auto selected = app.selected_accounts();
  if (!selected) return selected.error();
  Selection selection;
  if (!app.options().accounts.empty()) {
    for (const auto& account : *selected) selection.accounts.push_back(account.id);
  }
  selection.limit = options.limit;
  if (!selection.limit && app.people()) selection.limit = kRowsOnTerminal;
  if (options.before) selection.before = MessageId(*options.before);
  selection.order = options.sort == "relevance" ? Order::relevance : Order::date;
  return selection;
}

Status print_found(App& app, const query::Query& query, const Selection& selection, bool threads) {
  auto all = app.accounts();
  if (!all) return all.error();
  const AccountNames names(*all);
  return threads ? print_threads(app, query, selection, names) : print_messages(app, query, selection, names);
}

namespace {

class List : public Command {
 public:
  void attach(CLI::App& cli) override {
    add_operands(cli, "folder", words_, "A folder or label, or words of the search language");
    cli.add_flag("--unread", unread_, "Only unread messages");
    add_list_options(cli, options_);
  }

  Status run(App& app) override {
    std::string text;
    // A single plain word names a folder; anything else is a query.
    const bool folder = words_.size() == 1 && words_[0].find(':') == std::string::npos && !words_[0].starts_with('-') &&
                        !names_saved_search(app, words_[0]);
    if (folder) {
      text = "in:" + (words_[0].starts_with('"') ? words_[0] : query::quoted(words_[0]));
    } else if (!words_.empty()) {
      text = joined_words(words_);
    }
    if (unread_) text += " is:unread";
    auto selection = list_selection(app, options_);
    if (!selection) return selection.error();
    auto query = read_query(app, "list", text, selection->accounts);
    if (!query) return query.error();
    return print_found(app, *query, *selection, options_.threads);
  }

 private:
  std::vector<std::string> words_;
  bool unread_ = false;
  ListOptions options_;
};

}  // namespace

std::unique_ptr<Command> make_list() {
  return std::make_unique<List>();
}

}  // namespace mailmgr
