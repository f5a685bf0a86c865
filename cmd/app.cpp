#include "cmd/app.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <mutex>
#include <ostream>

#include "cmd/app_world.h"
#include "cmd/output/terminal.h"
#include "core/flow/accounts.h"
#include "core/system/restore_installation.h"

namespace mailmgr {

App::App(const GlobalOptions& options, const CLI::App& cli, std::ostream& out, std::ostream& err, Stop stop,
         Wakeups* wakeups)
    : options_(options),
      cli_(cli),
      out_(out),
      err_(err),
      stop_(std::move(stop)),
      wakeups_(wakeups),
      talk_(std::make_shared<std::mutex>()),
      world_(std::make_unique<World>()) {}

App::~App() = default;

bool App::wait(milliseconds duration, const Stop& stop) {
  if (wakeups_) return wakeups_->wait(duration, stop);
  clock().sleep_for(duration, stop);
  return false;
}

Clock& App::clock() {
  return world_->clock;
}
Random& App::random() {
  return world_->random;
}

// Folders that are missing are made, those that are not safe are refused, before anything in them is opened.
Result<const Paths*> App::paths() {
  if (world_->paths) return &*world_->paths;
  auto found = Paths::find(options_.home);
  if (!found) return found.error();
  if (auto ready = found->prepare(); !ready) return ready.error();
  FileLeases leases(found->locks(), world_->clock);
  if (auto finished = finish_restore(*found, leases); !finished) return finished.error();
  world_->paths = *std::move(found);
  return &*world_->paths;
}

Result<store::TokenStore*> App::tokens() {
  if (!world_->tokens) {
    auto paths = this->paths();
    if (!paths) return paths.error();
    auto opened = store::TokenStore::open((*paths)->data, store::OpenMode::write);
    if (!opened) return opened.error();
    world_->tokens = *std::move(opened);
  }
  return world_->tokens.get();
}

Result<store::MailStore*> App::mail() {
  if (!world_->mail) {
    auto paths = this->paths();
    if (!paths) return paths.error();
    auto tokens = this->tokens();
    if (!tokens) return tokens.error();
    auto purging = (*tokens)->accounts().purging();
    if (!purging) return purging.error();
    auto opened = store::MailStore::open((*paths)->data, store::OpenMode::write);
    if (!opened) return opened.error();
    std::vector<AccountId> hidden;
    for (const auto& account : *purging) hidden.push_back(account.id);
    (*opened)->hide(std::move(hidden));
    world_->mail = *std::move(opened);
  }
  return world_->mail.get();
}

Result<Leases*> App::leases() {
  if (!world_->leases) {
    auto paths = this->paths();
    if (!paths) return paths.error();
    world_->leases = std::make_unique<FileLeases>((*paths)->locks(), world_->clock);
  }
  return world_->leases.get();
}

Result<std::vector<AccountRecord>> App::accounts() {
  if (!world_->accounts) {
    auto tokens = this->tokens();
    if (!tokens) return tokens.error();
    auto all = (*tokens)->accounts().list();
    if (!all) return all.error();
    world_->accounts = *std::move(all);
  }
  return *world_->accounts;
}

Result<std::vector<AccountRecord>> App::selected_accounts() {
  auto all = accounts();
  if (!all || options_.accounts.empty()) return all;
  std::vector<AccountRecord> selected;
  for (const auto& name : options_.accounts) {
    auto account = find_account(*all, name);
    if (!account) return account.error();
    selected.push_back(*std::move(account));
  }
  return selected;
}

Result<AccountRecord> App::acting_account() {
  auto all = accounts();
  if (!all) return all.error();
  if (options_.accounts.size() > 1) {
    return Error{Code::usage, "several accounts are named; this command acts on one"};
  }
  if (!options_.accounts.empty()) return find_account(*all, options_.accounts.front());
  const char* named = std::getenv("MAILMGR_ACCOUNT");
  return named && *named ? find_account(*all, named) : default_account(*all);
}

output::Form App::form() const {
  if (options_.json) return output::Form::json;
  if (options_.ids) return output::Form::ids;
  return shown_on_terminal() ? output::Form::table : output::Form::plain;
}

bool App::shown_on_terminal() const {
  return world_->pager || output::is_terminal(STDOUT_FILENO);
}

void App::page() {
  if (!people() || options_.no_pager || world_->pager) return;
  const auto columns = output::terminal_columns();
  out_.flush();
  world_->pager = Pager::start(wakeups_, clock(), stop_);
  if (world_->pager) world_->paged_columns = columns;
}

Status App::end_page() {
  out_.flush();
  if (!world_->pager) return {};
  if (output::reader_is_gone(STDOUT_FILENO)) out_.clear();  // they have seen enough, and nothing is lost
  world_->pager.reset();
  return stop_.requested(world_->clock) ? Stop::error() : Status();
}

bool App::color() const {
  if (options_.color != "auto") return options_.color == "always";
  const char* no_color = std::getenv("NO_COLOR");
  return !(no_color && *no_color) && shown_on_terminal();
}

bool App::shows_progress() const {
  return !options_.quiet && !options_.json && output::is_terminal(STDERR_FILENO);
}

Result<std::unique_ptr<output::Listing>> App::listing(std::vector<output::Column> columns,
                                                      const std::vector<std::string>& more_keys) {
  auto listing = std::make_unique<output::Listing>(
      out_, form(), world_->paged_columns.value_or(output::terminal_columns()), color(), std::move(columns));
  if (auto chosen = listing->choose(options_.fields, more_keys); !chosen) return chosen.error();
  return listing;
}

void App::print_json(const nlohmann::ordered_json& line) {
  output::Listing listing(out_, output::Form::json, 0, false, {});
  (void)listing.choose(options_.fields, options_.fields);  // run_command() has refused names that nobody knows
  listing.row(line);
  out_.flush();
}

Status App::check_text(std::string_view what) const {
  if (options_.json || (!options_.ids && options_.fields.empty())) return {};
  return Error{
      Code::usage,
      fmt::format("{}: it prints no rows that {} could choose from", what, options_.ids ? "--ids" : "--fields"),
      "--json, with --fields for some of its keys"};
}

void App::say(std::string_view text) {
  if (options_.quiet || (options_.verbose == 0 && !output::is_terminal(STDERR_FILENO))) return;
  const auto turn = talking();
  if (shows_progress()) err_ << "\r\x1b[K";  // whatever line of progress stands there
  err_ << output::one_line(text) << '\n' << std::flush;
}

void App::warn(std::string_view text) {
  if (options_.quiet) return;
  const auto turn = talking();
  err_ << "mailmgr: " << output::one_line(text) << '\n' << std::flush;
}

bool App::may_ask() const {
  return !options_.no_input && output::is_terminal(STDIN_FILENO);
}

void App::trace(std::string_view line) {
  const auto turn = talking();
  err_ << output::one_line(line) << '\n' << std::flush;
}

Status App::check_allowed(Permission needed, std::string_view what) const {
  const char* variable = std::getenv("MAILMGR_ALLOW");
  for (const std::string& limit : {options_.allow, std::string(variable && *variable ? variable : "full")}) {
    const auto level = access_level(limit);
    if (!level) {
      return Error{Code::usage, fmt::format("MAILMGR_ALLOW={}: that is no level", limit),
                   "use full, send-only, drafts-only or read-only"};
    }
    if (permits(*level, needed)) continue;
    return Error{Code::refused, fmt::format("{}: this run may only do what \"{}\" allows", what, limit),
                 "run it without --allow and MAILMGR_ALLOW"};
  }
  return {};
}

}  // namespace mailmgr
