#include "cmd/outcome.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <ostream>

#include "cmd/app.h"
#include "cmd/output/listing.h"
#include "cmd/report.h"

namespace mailmgr {
namespace {

// Exit codes, the one that counts most first. An interruption ends everything and stands above all.
constexpr std::array<int, 11> kWorstFirst{130, 10, 1, 3, 4, 6, 5, 7, 8, 9, 2};

auto rank(const Error& error) {
  return std::find(kWorstFirst.begin(), kWorstFirst.end(), exit_class(error.code).exit_code) - kWorstFirst.begin();
}

}  // namespace

void Outcome::add(const Status& status, std::string_view account) {
  if (status) return;
  Error error = status.error();
  if (error.account.empty()) error.account = account;
  // However many accounts an interruption meets, it is one, and told at the end.
  const bool told_later = error.code == Code::interrupted && !error.reported;
  if (told_later) error.account.clear();
  if (!error.reported && !told_later) {
    const auto turn = app_.talking();
    report(error, app_.err(), app_.options().json);
  }
  error.reported = !told_later;
  if (!worst_ || rank(error) < rank(*worst_)) worst_ = error;
}

void Outcome::add_item(const Status& status, std::string_view id) {
  if (app_.options().json) {
    nlohmann::ordered_json item{{"id", id}, {"ok", status.has_value()}};
    if (!status) item["error"] = to_json(status.error());
    app_.out() << output::as_json(item) << '\n' << std::flush;
  }
  add(status, id);
}

Status Outcome::status() const {
  return worst_ ? Status(*worst_) : Status();
}

Status check_found(App& app, std::size_t rows) {
  return rows == 0 && app.options().fail_empty ? Status(Error{Code::not_found, "nothing found"}) : Status();
}

}  // namespace mailmgr
