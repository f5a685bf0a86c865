#include "providers/google/google_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "core/base/encoding.h"
#include "providers/api_client.h"
#include "providers/google/google_fetch.h"
#include "providers/google/google_quota.h"
#include "providers/google/google_settings_wire.h"
#include "providers/google/google_wire.h"
#include "providers/made_once.h"

namespace mailmgr::google {
namespace {

constexpr std::string_view kAdding = "adding a filter";
constexpr std::size_t kMostFilters = 1000;  // filters.create

Error cannot(std::string_view what, std::string hint) {
  return {Code::refused, fmt::format("{}: {}", kAdding, what), std::move(hint)};
}

// Several values of one condition: Gmail's criteria hold one each, its query any number.
Status check_single(const std::vector<std::string>& values, std::string_view word, std::string_view field) {
  if (values.size() < 2) return {};
  std::string query;
  for (const auto& value : values) query += fmt::format("{}{}({})", query.empty() ? "" : " OR ", field, value);
  return cannot(fmt::format("Gmail's filters take {} once", word),
                fmt::format("one query says both: --{} '{}'", word == "--not-has" ? "not-has" : "has", query));
}

Status check_conditions(const FilterConditions& when) {
  struct Single {
    const std::vector<std::string>& values;
    std::string_view word, field;
  };
  const Single singles[] = {{when.from, "--from", "from:"},
                            {when.to, "--to", "to:"},
                            {when.subject, "--subject", "subject:"},
                            {when.has, "--has", ""},
                            {when.not_has, "--not-has", ""}};
  for (const auto& single : singles) {
    if (auto checked = check_single(single.values, single.word, single.field); !checked) return checked;
  }
  if (when.larger && when.smaller) {
    return cannot("Gmail's filters take --larger or --smaller, not both",
                  fmt::format("--has 'larger:{} smaller:{}'", *when.larger, *when.smaller));
  }
  if (std::max(when.larger.value_or(0), when.smaller.value_or(0)) > INT32_MAX) {
    return cannot("Gmail compares sizes up to 2 GB", "no message is that large");
  }
  return {};
}

Status check_actions(const FilterActions& then) {
  if (then.erase) return cannot("Gmail's filters cannot do --delete: nothing is deleted for good by itself", "--trash");
  if (then.stop) return cannot("Gmail's filters know no --stop: all that fit a message are carried out", "");
  if (then.forward.size() > 1) {
    return cannot("Gmail's filters pass mail on to one address", "add a filter for each --forward");
  }
  if (then.move && then.move->kind != Folder::Kind::label && then.move->role != Role::none) {
    return cannot(fmt::format("Gmail's filters cannot move mail to {}", to_string(then.move->role)),
                  "--archive, --trash, or --move with a label");
  }
  // "Manage Gmail filters": one user-defined label in each.
  if (then.labels.size() + (then.move ? 1 : 0) > 1) {
    return cannot("Gmail's filters give one label each (--label, --move)", "add a filter for each label");
  }
  return {};
}

// What Gmail says of a filter that it does not take; the same reason means something else everywhere else.
Error explained(Error error, const MailFilter& filter) {
  if (exit_class(error.code).code != Code::refused) return error;
  const auto said = to_lower_ascii(error.message);
  if (said.find("forwarding") != std::string::npos && !filter.then.forward.empty()) {
    error.hint = fmt::format(
        "mail goes on only to addresses that are confirmed: in Gmail, Settings > Forwarding and POP/IMAP, add {} and "
        "follow the link that it is sent",
        filter.then.forward.front());
  } else if (said.find("exist") != std::string::npos) {
    error.hint = "mailmgr filter list";
  } else if (said.find("failedprecondition") != std::string::npos) {
    error.hint = "";
  }
  return error;
}

class GoogleFilters : public FilterSettings {
 public:
  explicit GoogleFilters(const ProviderDeps& deps) : client_(deps, read_error) {}

  Result<std::vector<MailFilter>> list(const Stop& stop) override {
    return client_.ask(
        {.what = "listing the filters", .path = path(), .units = units_of(client_.deps().quota).settings}, read_filters,
        stop);
  }

  Status check(const MailFilter& filter) const override {
    if (!filter.name.empty()) return cannot("Gmail's filters have no names (--name)", "leave it out");
    if (filter.order) return cannot("Gmail's filters have no order (--order)", "leave it out");
    if (!filter.enabled) return cannot("Gmail's filters cannot be switched off (--disabled)", "delete it instead");
    if (auto checked = check_conditions(filter.when); !checked) return checked;
    return check_actions(filter.then);
  }

  Result<MailFilter> add(const MailFilter& filter, const Stop& stop) override {
    if (auto checked = check(filter); !checked) return checked.error();
    const auto there = list(stop);
    if (!there) return there.error();
    if (there->size() >= kMostFilters) {
      return cannot(fmt::format("the mailbox has {} filters, and Gmail takes no more", there->size()),
                    "mailmgr filter delete");
    }
    auto made = client_.ask({.what = std::string(kAdding),
                             .method = "POST",
                             .path = path(),
                             .body = write_filter(filter),
                             .content_type = "application/json",
                             .repeatable = false,
                             .units = units_of(client_.deps().quota).settings_change,
                             .seen_through = true},
                            read_filter, stop);
    const auto look = [&]() -> Result<std::optional<MailFilter>> {
      auto now = list(stop);
      if (!now) return now.error();
      return made_since(*there, *std::move(now), filter, write_filter);
    };
    made = made_once(std::move(made), look, kFiltersThere);
    if (!made) return explained(made.error(), filter);
    return made;
  }

  Status remove(const std::string& id, const Stop& stop) override {
    const auto removed = client_.carry_out({.what = "deleting the filter",
                                            .method = "DELETE",
                                            .path = path() + "/" + percent_encode(id),
                                            .units = units_of(client_.deps().quota).settings_change},
                                           stop);
    return removed ? Status() : Status(removed.error());
  }

 private:
  std::string path() const { return user_path(client_.deps().user) + "/settings/filters"; }

  ApiClient client_;
};

class GoogleVacation : public VacationSettings {
 public:
  explicit GoogleVacation(const ProviderDeps& deps) : client_(deps, read_error) {}

  Result<Vacation> show(const Stop& stop) override {
    return client_.ask(
        {.what = "reading the vacation responder", .path = path(), .units = units_of(client_.deps().quota).settings},
        read_vacation, stop);
  }

  Status check(const Vacation& vacation) const override {
    constexpr std::string_view kSetting = "setting the vacation responder";
    if (vacation.external == Outsiders::contacts) {
      return Error{
          Code::refused,
          fmt::format("{}: Gmail answers contacts only, or everybody: it has no --external contacts", kSetting),
          "--contacts-only, which counts for the own organisation too"};
    }
    if (vacation.external_body) {
      return Error{Code::refused, fmt::format("{}: Gmail has one text for all: no --external-body", kSetting),
                   "--body, or --external none to answer the own organisation alone"};
    }
    return {};
  }

  // The whole document each time, so that doing it twice changes nothing.
  Result<Vacation> set(const Vacation& vacation, const Stop& stop) override {
    if (auto checked = check(vacation); !checked) return checked.error();
    return client_.ask({.what = "setting the vacation responder",
                        .method = "PUT",
                        .path = path(),
                        .body = write_vacation(vacation),
                        .content_type = "application/json",
                        .units = units_of(client_.deps().quota).settings_change},
                       read_vacation, stop);
  }

 private:
  std::string path() const { return user_path(client_.deps().user) + "/settings/vacation"; }

  ApiClient client_;
};

}  // namespace

std::unique_ptr<FilterSettings> make_filters(const ProviderDeps& deps) {
  return std::make_unique<GoogleFilters>(deps);
}

std::unique_ptr<VacationSettings> make_vacation(const ProviderDeps& deps) {
  return std::make_unique<GoogleVacation>(deps);
}

}  // namespace mailmgr::google
