// `mailmgr log`: every run of the last 90 days, what it came to, what failed and why.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "cmd/account_choice.h"
#include "cmd/app.h"
#include "cmd/outcome.h"
#include "store/store.h"

namespace mailmgr {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kOnATerminal = 50;

Json to_json(const RunRecord& run, const std::string& account, const std::vector<RunFailure>& failures) {
  Json json;
  json["run"] = run.run.value;
  json["account"] = account;
  json["kind"] = to_string(run.kind);
  json["started"] = to_rfc3339(run.started);
  json["seconds"] = run.ended ? Json(static_cast<double>((*run.ended - run.started).count()) / 1000.0) : Json();
  json["new"] = run.fetched;
  json["changed"] = run.changed;
  json["deleted"] = run.deleted;
  json["failed"] = run.failed;
  json["remaining"] = run.remaining;
  json["bytes"] = run.bytes;
  json["requests"] = run.requests;
  json["quota_units"] = run.quota_units;
  json["complete"] = run.complete;
  if (!run.error_code.empty()) json["error"] = {{"code", run.error_code}, {"message", run.error}};
  if (!run.ended) json["error"] = {{"code", "interrupted"}, {"message", "it was killed, or is still going on"}};
  if (!failures.empty()) {
    json["failures"] = Json::array();
    for (const auto& failure : failures) {
      json["failures"].push_back(
          {{"remote_id", failure.id.value}, {"attempts", failure.attempts}, {"message", failure.error}});
    }
  }
  return json;
}

std::string outcome_text(const Json& row) {
  std::string text;
  if (row.contains("error")) text = row["error"]["message"].get<std::string>();
  for (const auto& failure : row.value("failures", Json::array())) {
    text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", failure["remote_id"].get<std::string>(),
                        failure["message"].get<std::string>());
  }
  if (text.empty()) text = row["complete"] == true ? "complete" : "not complete";
  return text;
}

class Log : public Command {
 public:
  void attach(CLI::App& cli) override {
    cli.add_option("--since", since_, "Runs that began then or later (DATE: 2026-01-31, 7d)")->check(refuse_empty);
    cli.add_option("--run", run_, "Only this run")->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 62));
    cli.add_flag("--failed", selection_.failed,
                 "Only runs that ended with an error, never ended, or met messages that could not be fetched");
  }

  Status run(App& app) override {
    if (!since_.empty()) {
      auto since = parse_date(since_, app.clock().now());
      if (!since) return since.error().within("log: --since");
      selection_.since = *since;
    }
    if (run_ > 0) selection_.run = RunId(run_);
    auto all = app.accounts();
    if (!all) return all.error();
    auto chosen = app.selected_accounts();
    if (!chosen) return chosen.error();
    for (const auto& account : *chosen) names_[account.id] = account.name;
    if (!app.options().accounts.empty()) {
      for (const auto& account : *chosen) selection_.accounts.push_back(account.id);
    }
    return print(app);
  }

 private:
  Status print(App& app) {
    auto mail = app.mail();
    if (!mail) return mail.error();
    auto& runs = (*mail)->runs();
    const bool on_terminal = app.form() == output::Form::table;
    auto listing = app.listing(
        {{"run", "RUN", 8, true},
         {"started", "STARTED", 16, false, [](const Json& row) { return output::local_time(row, "started"); }},
         {"account", "ACCOUNT", 30},
         {"kind", "KIND", 6, false, nullptr, 2},
         {"new", "NEW", 8, true, nullptr, 1},
         {"changed", "CHANGED", 8, true, nullptr, 3},
         {"deleted", "DELETED", 8, true, nullptr, 4},
         {"remaining", "TO COME", 8, true, nullptr, 5},
         {"outcome", "OUTCOME", 0, false, outcome_text}},
        {"seconds", "failed", "bytes", "requests", "quota_units", "complete", "error", "failures"});
    if (!listing) return listing.error();
    Status trouble;
    std::vector<Json> latest;  // a terminal shows the end of a long log
    const auto show = [&](const RunRecord& record) {
      auto failures = runs.failures(record.run);
      if (!failures) {
        trouble = failures.error();
        return false;
      }
      const auto known = names_.find(record.account);
      const auto name = known == names_.end() ? fmt::format("({})", record.account.value) : known->second;
      Json row = to_json(record, name, *failures);
      if (app.form() == output::Form::plain) row["outcome"] = outcome_text(row);
      if (!on_terminal) return (*listing)->row(row);
      latest.push_back(std::move(row));
      if (latest.size() > 2 * kOnATerminal) latest.erase(latest.begin(), latest.end() - kOnATerminal);
      return true;
    };
    if (auto read = runs.list(selection_, show); !read) return read;
    if (!trouble) return trouble;
    if (latest.size() > kOnATerminal) latest.erase(latest.begin(), latest.end() - kOnATerminal);
    for (const auto& row : latest) (*listing)->row(row);
    (*listing)->finish();
    if (selection_.run && (*listing)->rows() == 0) {
      const bool filtered = selection_.failed || selection_.since || !selection_.accounts.empty();
      return Error{Code::not_found, fmt::format("log: there is no run {}{}", run_, filtered ? " of that kind" : ""),
                   "mailmgr log"};
    }
    return check_found(app, (*listing)->rows());
  }

  std::string since_;
  std::int64_t run_ = 0;
  RunSelection selection_;
  std::map<AccountId, std::string> names_;
};

}  // namespace

std::unique_ptr<Command> make_log() {
  return std::make_unique<Log>();
}

}  // namespace mailmgr
