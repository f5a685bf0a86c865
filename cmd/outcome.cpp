#include "cmd/outcome.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "cmd/app.h"
#include "cmd/output/listing.h"
#include "cmd/report.h"
#include "core/base/severity.h"

namespace mailmgr {
namespace {

// What ended everything, or wants a hand before anything else can be done: it is more than that something is missing.
bool stands_above_partial(const Error& error) {
  const auto code = exit_class(error.code).code;
  return code == Code::interrupted || code == Code::store || code == Code::internal || code == Code::config ||
         code == Code::auth_required;
}

// An interruption is of no thing: however many it meets, it is one.
Status naming(const Status& status, std::string_view name) {
  if (status || status.error().code == Code::interrupted || holds_name(status.error().message, name)) return status;
  return status.error().within(name);
}

void print_item(App& app, const nlohmann::ordered_json& id, const Status& status, std::string_view account) {
  if (!app.options().json) return;
  nlohmann::ordered_json item{{"id", id}, {"ok", status.has_value()}};
  if (!status) item["error"] = to_json(status.error(), account);
  app.print_json(item);
}

}  // namespace

Error Outcome::told(Error error, std::string_view account) {
  if (error.account.empty()) error.account = account;
  // However many accounts an interruption meets, it is one, and told at the end.
  const bool told_later = error.code == Code::interrupted && !error.reported;
  if (told_later) error.account.clear();
  if (!error.reported && !told_later) {
    const auto turn = app_.talking();
    report(error, app_.err(), app_.options().json);
  }
  error.reported = !told_later;
  return error;
}

void Outcome::add(const Status& status, std::string_view account) {
  if (!status) keep_worst(worst_, told(status.error(), account));
}

void Outcome::add_account(const Status& status, std::string_view name) {
  print_item(app_, name, status, name);
  add(status, name);
}

void Outcome::add_one(const Status& status, std::string_view account) {
  if (!status && exit_class(status.error().code).code == Code::try_later) return add(status, account);
  // Of what is partial itself some was done, or may have been.
  some_done_ |= status || status.error().code == Code::partial;
  if (!status) keep_worst(worst_of_things_, told(status.error(), account));
}

void Outcome::add_item(const Status& status, std::string_view id, std::string_view account) {
  const auto named = naming(status, id);
  print_item(app_, id, named, account);
  add_one(named, account);
}

void Outcome::add_item(const Status& status, MessageId id) {
  const auto named = status ? status : Status(of_message(status.error(), id));
  print_item(app_, id.value, named, {});
  add_one(named);
}

Status Outcome::status() const {
  auto worst = worst_;
  if (worst_of_things_) {
    auto of_things = *worst_of_things_;
    if (some_done_ && !stands_above_partial(of_things)) of_things.code = Code::partial;
    keep_worst(worst, of_things);
  }
  return worst ? Status(*worst) : Status();
}

Error of_message(const Error& error, MessageId id) {
  return naming(error, fmt::format("message {}", id.value)).error();
}

Status check_found(App& app, std::size_t rows) {
  return rows == 0 && app.options().fail_empty ? Status(Error{Code::not_found, "nothing found"}) : Status();
}

}  // namespace mailmgr
