// `mailmgr stats`: sums over the stored mail, as tables with bars, JSON Lines or a page for a browser.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cmd/app.h"
#include "cmd/message_json.h"
#include "cmd/options.h"
#include "cmd/outcome.h"
#include "cmd/output/figures.h"
#include "cmd/output/stats_page.h"
#include "cmd/output/terminal.h"
#include "cmd/query_text.h"
#include "core/query/query.h"
#include "core/system/replace_file.h"
#include "store/store.h"

namespace mailmgr {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kRowsOnTerminal = 50;
constexpr std::size_t kRowsOfOverview = 10, kMonthsOfOverview = 12;
constexpr Dimension kAll[] = {Dimension::month, Dimension::sender, Dimension::domain, Dimension::folder};

void add_time(const char* key, const std::optional<std::chrono::seconds>& time, Json& json) {
  if (time) json[key] = time->count();
}

Json tally_json(std::string_view by, const std::string& key, const Tally& tally) {
  Json json{{"key", key},
            {"messages", tally.messages},
            {"bytes", tally.bytes},
            {"unread", tally.unread},
            {"answered", tally.answered}};
  add_time("median_answer_seconds", tally.median_answer, json);
  add_time("p90_answer_seconds", tally.p90_answer, json);
  json["by"] = by;
  return json;
}

std::string number(const Json& row, const char* key, std::string (*text)(std::uint64_t)) {
  const auto found = row.find(key);
  return found == row.end() ? "" : text(found->get<std::uint64_t>());
}

std::string seconds_text(std::uint64_t seconds) {
  return output::duration_text(std::chrono::seconds(seconds));
}

std::vector<output::Column> columns(std::string_view by, bool with_bar) {
  std::vector<output::Column> columns{
      {"key",
       by == "month"    ? "MONTH"
       : by == "sender" ? "SENDER"
       : by == "domain" ? "DOMAIN"
                        : "FOLDER",
       0, false,
       [](const Json& row) {
         const auto key = row["key"].get<std::string>();
         return key.empty() ? std::string("(none)") : key;
       }},
      {"messages", "MESSAGES", 12, true, [](const Json& row) { return number(row, "messages", output::count_text); }},
      {"bytes", "SIZE", 8, true, [](const Json& row) { return number(row, "bytes", output::size_text); }},
      {"unread", "UNREAD", 12, true, [](const Json& row) { return number(row, "unread", output::count_text); }},
      {"answered", "ANSWERED", 12, true, [](const Json& row) { return number(row, "answered", output::count_text); }},
      {"median_answer_seconds", "HALF WITHIN", 13, true,
       [](const Json& row) { return number(row, "median_answer_seconds", seconds_text); }},
      {"p90_answer_seconds", "", 13, true,
       [](const Json& row) { return number(row, "p90_answer_seconds", seconds_text); }},
      {"by", "", 8}};
  // Only for people: never in what scripts read.
  if (with_bar) columns.push_back({"bar", "SHARE", 40});
  return columns;
}

// Room for bars beside what else a row holds.
std::size_t bar_columns() {
  const auto terminal = output::terminal_columns();
  return terminal < 90 ? 8 : terminal < 130 ? 16 : 32;
}

class Stats : public Command {
 public:
  void attach(CLI::App& cli) override {
    cli.add_option("--by", by_, "month, sender, domain or folder (default: some of each)")
        ->check(CLI::IsMember({"month", "sender", "domain", "folder"}));
    cli.add_option("--query", query_, "Only what this search finds; see: mailmgr help query");
    cli.add_option("--since", since_, "Only what was received from this date on")->check(refuse_empty);
    cli.add_option("--until", until_, "Only what was received before it")->check(refuse_empty);
    cli.add_option("--limit", limit_, "At most so many rows (default: 50 on a terminal, else all)")
        ->check(refuse_empty);
    cli.add_option("--html", html_, "Write a page for a browser; - for standard output")->check(refuse_empty);
    cli.add_flag("--force", force_, "Replace a file that is no such page");
  }

  Status run(App& app) override {
    StatisticsRequest request;
    auto accounts = app.accounts();
    if (!accounts) return accounts.error();
    auto selected = app.selected_accounts();
    if (!selected) return selected.error();
    if (!app.options().accounts.empty()) {
      for (const auto& account : *selected) request.accounts.push_back(account.id);
    }
    if (auto read = read_choice(app, request); !read) return read;
    if (auto place = check_page_place(); !place) return place;
    if (by_.empty()) request.by = {std::begin(kAll), std::end(kAll)};
    if (!by_.empty()) request.by = {*dimension(by_)};
    request.limit = limit_;
    auto mail = app.mail();
    if (!mail) return mail.error();
    const AccountNames names(*accounts);
    auto statistics = (*mail)->statistics().sum(request, names.all(), app.stop());
    if (!statistics) return statistics.error();
    return html_.empty() ? print(app, *statistics) : write_page(app, *statistics, *selected);
  }

 private:
  Status read_choice(App& app, StatisticsRequest& request) const {
    if (query_ && query_->find_first_not_of(" \t\r\n") == std::string::npos) {
      return Error{Code::usage, "stats: what for? The query is empty", "leave --query out to sum up all mail"};
    }
    if (auto page_alone = html_.empty() ? Status() : app.check_text("stats --html"); !page_alone) return page_alone;
    if (html_ == "-" && app.options().json) {
      return Error{Code::usage, "stats: standard output is either the page or JSON", "--html FILE"};
    }
    auto query = read_query(app, query_ ? "stats --query" : "stats", query_.value_or(""), request.accounts);
    if (!query) return query.error();
    for (const auto& [text, field, option] :
         {std::tuple{&since_, query::Field::after, "--since"}, {&until_, query::Field::before, "--until"}}) {
      if (text->empty()) continue;
      auto date = parse_date(*text, app.clock().now());
      if (!date) return date.error().within(fmt::format("stats: {}", option));
      if (!*date) continue;  // all
      query::Node bound{query::Node::Kind::term, {}, {}};
      bound.term.field = field;
      bound.term.time = *date;
      query->root = {query::Node::Kind::all_of, {std::move(query->root), std::move(bound)}, {}};
    }
    request.query = *std::move(query);
    return {};
  }

  Status print(App& app, const Statistics& statistics) const {
    if (app.people()) return print_tables(app, statistics);
    auto listing = app.listing(columns("", false));
    if (!listing) return listing.error();
    bool more = true;
    // The sum of all has no key to print alone.
    if (by_.empty() && app.form() != output::Form::ids)
      more = (*listing)->row(tally_json("total", "", statistics.total));
    for (const auto& [dimension, rows] : statistics.rows) {
      for (const auto& row : rows) {
        if (!more) return {};
        more = (*listing)->row(tally_json(to_string(dimension), row.key, row.tally));
      }
    }
    (*listing)->finish();
    return check_found(app, statistics.total.messages);
  }

  Status print_tables(App& app, const Statistics& statistics) const {
    print_total(app, statistics.total);
    for (const auto& [dimension, rows] : statistics.rows) {
      if (auto printed = print_table(app, dimension, rows); !printed) return printed;
    }
    return check_found(app, statistics.total.messages);
  }

  static void print_total(App& app, const Tally& total) {
    app.out() << fmt::format("{} messages, {}, {} unread\n", output::count_text(total.messages),
                             output::size_text(total.bytes), output::count_text(total.unread));
    app.out() << fmt::format("{} received, {} of them answered", output::count_text(total.received),
                             output::count_text(total.answered));
    if (total.median_answer) {
      app.out() << fmt::format(": half within {}, nine in ten within {}", output::duration_text(*total.median_answer),
                               output::duration_text(*total.p90_answer));
    }
    app.out() << '\n';
  }

  Status print_table(App& app, Dimension dimension, std::vector<TallyRow> rows) const {
    const bool months = dimension == Dimension::month;
    const auto most_rows = limit_         ? *limit_
                           : !by_.empty() ? kRowsOnTerminal
                           : months       ? kMonthsOfOverview
                                          : kRowsOfOverview;
    const auto more = rows.size() > most_rows ? rows.size() - most_rows : 0;
    if (more > 0 && months) rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(more));
    if (more > 0 && !months) rows.resize(most_rows);
    if (rows.empty()) return {};
    std::uint64_t most = 0;
    for (const auto& row : rows) most = std::max(most, row.tally.messages);
    auto listing = app.listing(columns(to_string(dimension), true));
    if (!listing) return listing.error();
    app.out() << '\n';
    for (const auto& row : rows) {
      auto json = tally_json(to_string(dimension), row.key, row.tally);
      json["bar"] = output::bar(row.tally.messages, most, bar_columns());
      (*listing)->row(json);
    }
    (*listing)->finish();
    if (more > 0)
      app.say(fmt::format("and {} more: --by {} --limit N", output::count_text(more), to_string(dimension)));
    return {};
  }

  Status write_page(App& app, const Statistics& statistics, const std::vector<AccountRecord>& accounts) const {
    output::StatsPage page{{}, scope(), app.clock().now(), statistics};
    for (const auto& account : accounts) page.accounts.push_back(account.name);
    const auto html = output::stats_page(page);
    if (html_ == "-") {
      app.out() << html << std::flush;
      return {};
    }
    if (auto may = may_replace(); !may) return may;
    if (auto written = replace_file(html_, html, 0600); !written) return written.error().within("stats");
    if (app.options().json) app.print_json(Json{{"id", html_}, {"ok", true}});
    app.say(fmt::format("{}: {} messages", html_, output::count_text(statistics.total.messages)));
    return {};
  }

  // What the page is about, in the words it was asked for with.
  std::string scope() const {
    std::string scope;
    const auto add = [&](std::string_view word, const std::string& value) {
      if (!value.empty()) scope += fmt::format("{}{} {}", scope.empty() ? "" : ", ", word, value);
    };
    add("search", query_.value_or(""));
    add("since", since_);
    add("until", until_);
    return scope;
  }

  // Before anything is summed up for it.
  Status check_page_place() const {
    const auto folder = std::filesystem::path(html_).parent_path();
    std::error_code unknown;
    if (folder.empty() || std::filesystem::is_directory(folder, unknown)) return {};
    // One that may not be looked into is another matter, which writing tells.
    if (unknown && unknown != std::errc::no_such_file_or_directory && unknown != std::errc::not_a_directory) return {};
    return Error{Code::usage, fmt::format("stats: {}: the folder it is to be in is not there", html_),
                 "make that folder first"};
  }

  // A page of an earlier run is replaced, as cron wants it; anything else only if a person says so.
  Status may_replace() const {
    if (force_) return {};
    std::error_code unknown;
    const auto status = std::filesystem::symlink_status(html_, unknown);
    if (!std::filesystem::exists(status)) return {};
    if (std::filesystem::is_regular_file(status)) {
      std::ifstream file(html_, std::ios::binary);
      std::string head(1024, '\0');
      file.read(head.data(), static_cast<std::streamsize>(head.size()));
      head.resize(static_cast<std::size_t>(file.gcount()));
      if (head.find(output::kPageMark) != std::string::npos) return {};
    }
    return Error{Code::usage, fmt::format("stats: {} is there, and no page that stats has made", html_),
                 "another name, or --force"};
  }

  std::string by_, since_, until_, html_;
  std::optional<std::string> query_;
  std::optional<std::size_t> limit_;
  bool force_ = false;
};

}  // namespace

std::unique_ptr<Command> make_stats() {
  return std::make_unique<Stats>();
}

}  // namespace mailmgr
