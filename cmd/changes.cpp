// `mailmgr changes`: what scripts need to react: what arrived, changed and went since they last asked.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "cmd/app.h"
#include "cmd/outcome.h"
#include "core/ports/change_feed.h"
#include "store/store.h"

namespace mailmgr {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kPage = 1000;
constexpr milliseconds kBetweenLooks = std::chrono::seconds(1);

class Changes : public Command {
 public:
  void attach(CLI::App& cli) override {
    cli.add_option("--consumer", consumer_, "Go on behind what this reader was given last, and remember how far it got")
        ->check([](const std::string& name) {
          const bool is_name = !name.empty() && name.front() != ' ';  // a space begins the names of our own
          return is_name ? "" : "a name is needed, which does not begin with a space";
        });
    cli.add_option("--after", after_, "Only what follows this sequence number")->check([](const std::string& text) {
      const bool is_number = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
      return is_number ? "" : "a sequence number is needed, as changes prints them";
    });
    cli.add_flag("--follow", follow_, "Wait for more, and print it as it happens");
  }

  Status run(App& app) override {
    if (!consumer_.empty() && after_ >= 0) {
      return Error{Code::usage, "changes: --consumer and --after exclude each other", "mailmgr changes --help"};
    }
    auto all = app.accounts();
    if (!all) return all.error();
    for (const auto& account : *all) names_[account.id] = account.name;
    auto chosen = app.selected_accounts();
    if (!chosen) return chosen.error();
    if (!app.options().accounts.empty()) {
      for (const auto& account : *chosen) accounts_.push_back(account.id);
    }
    auto mail = app.mail();
    if (!mail) return mail.error();
    auto& feed = (*mail)->changes();
    if (auto found = find_position(app, feed); !found) return found;
    return print(app, feed);
  }

 private:
  Status find_position(App& app, ChangeFeed& feed) {
    seq_ = std::max<std::int64_t>(after_, 0);
    if (consumer_.empty()) return {};
    auto position = feed.position(consumer_);
    if (!position) return position.error();
    seq_ = position->value_or(0);
    auto first = feed.first();
    if (!first) return first.error();
    auto last = feed.last();
    if (!last) return last.error();
    const auto kept_from = first->value_or(*last + 1);
    if (*position && kept_from > seq_ + 1 && *last > seq_) {
      app.say(fmt::format("changes: what happened up to number {} is not kept any more", kept_from - 1));
    }
    return {};
  }

  Status print(App& app, ChangeFeed& feed) {
    auto listing = app.listing(
        {{"id", "ID", 10, true}, {"event", "EVENT", 8}, {"account", "ACCOUNT", 0}, {"seq", "SEQ", 10, true}});
    if (!listing) return listing.error();
    while (true) {
      auto rows = feed.after(seq_, accounts_, kPage);
      if (!rows) return rows.error();
      for (const auto& row : *rows) {
        if (!(*listing)->row(to_json(row))) return {};  // nobody reads any more: it is given again
      }
      if (!rows->empty()) {
        if (follow_) (*listing)->finish();
        if (auto remembered = remember(app, feed, rows->back().seq); !remembered) return remembered;
      }
      if (rows->size() == kPage) continue;
      if (!follow_) break;
      if (!app.clock().sleep_for(kBetweenLooks, app.stop())) return Stop::error();
    }
    (*listing)->finish();
    return check_found(app, (*listing)->rows());
  }

  // Only what has really been written counts as given.
  Status remember(App& app, ChangeFeed& feed, std::int64_t seq) {
    seq_ = seq;
    app.out().flush();
    if (consumer_.empty() || !app.out().good()) return {};
    return feed.remember(consumer_, seq);
  }

  Json to_json(const ChangeRow& row) const {
    const auto known = names_.find(row.account);
    Json json;
    json["seq"] = row.seq;
    json["event"] = to_string(row.event);
    json["id"] = row.message.value;
    json["account"] = known == names_.end() ? fmt::format("({})", row.account.value) : known->second;
    return json;
  }

  std::string consumer_;
  std::int64_t after_ = -1;
  bool follow_ = false;
  std::int64_t seq_ = 0;
  std::vector<AccountId> accounts_;
  std::map<AccountId, std::string> names_;
};

}  // namespace

std::unique_ptr<Command> make_changes() {
  return std::make_unique<Changes>();
}

}  // namespace mailmgr
