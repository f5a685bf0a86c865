#include "providers/microsoft/microsoft_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "core/base/encoding.h"
#include "providers/api_client.h"
#include "providers/made_once.h"
#include "providers/microsoft/microsoft_batch.h"
#include "providers/microsoft/microsoft_links.h"
#include "providers/microsoft/microsoft_settings_wire.h"
#include "providers/microsoft/microsoft_wire.h"

namespace mailmgr::microsoft {
namespace {

constexpr std::string_view kAdding = "adding a filter";
constexpr std::size_t kLongestName = 100;  // of ours; what somebody names a rule is theirs
constexpr int kMostPages = 100;
constexpr std::uint64_t kKilobyte = 1024;  // in which Graph gives sizes

Error cannot(std::string_view what, std::string hint) {
  return {Code::refused, fmt::format("{}: {}", kAdding, what), std::move(hint)};
}

Status check_size(std::optional<std::uint64_t> bytes, std::string_view word) {
  if (!bytes || (*bytes % kKilobyte == 0 && *bytes > 0 && *bytes / kKilobyte <= INT32_MAX)) return {};
  const auto near = std::max<std::uint64_t>(1, *bytes / kKilobyte);
  return cannot(fmt::format("Outlook's rules compare whole kilobytes, and {} says {} bytes", word, *bytes),
                fmt::format("{} {}K", word, std::min<std::uint64_t>(near, INT32_MAX)));
}

// A rule of no name is called by what it looks for.
std::string name_of(const MailFilter& filter) {
  auto name = filter.name.empty() ? in_search_words(filter.when) : filter.name;
  if (!filter.name.empty() || name.size() <= kLongestName) return name;
  name.resize(kLongestName);
  while (!is_valid_utf8(name)) name.pop_back();
  return name;
}

class MicrosoftFilters : public FilterSettings {
 public:
  explicit MicrosoftFilters(const ProviderDeps& deps) : client_(deps, read_error), root_(user_root(deps.user)) {}

  Result<std::vector<MailFilter>> list(const Stop& stop) override {
    std::vector<MailFilter> filters;
    std::string next = rules();
    for (int page = 0; !next.empty() && page < kMostPages; ++page) {
      const auto question = next.find('?');
      auto list = client_.ask({.what = "listing the filters",
                               .path = fmt::format("{}{}", kRoot, next.substr(0, question)),
                               .query = question == std::string::npos ? "" : next.substr(question + 1),
                               .headers = immutable_ids()},
                              read_rules, stop);
      if (!list) return list.error();
      std::move(list->rules.begin(), list->rules.end(), std::back_inserter(filters));
      next.clear();
      if (list->next_link.empty()) break;
      auto below = below_root(list->next_link, client_.deps().endpoints);
      if (!below) return below.error().within("listing the filters");
      next = *std::move(below);
    }
    std::stable_sort(filters.begin(), filters.end(), [](const MailFilter& a, const MailFilter& b) {
      return a.order.value_or(0) < b.order.value_or(0);
    });
    return filters;
  }

  Status check(const MailFilter& filter) const override {
    if (filter.order && (*filter.order < 1 || *filter.order > INT32_MAX)) {
      return Error{Code::usage, fmt::format("{}: --order counts from 1", kAdding), ""};
    }
    for (const auto& [values, word] : {std::pair{&filter.when.has, "--has"}, {&filter.when.not_has, "--not-has"}}) {
      for (const auto& value : *values) {
        if (const auto text = rule_text(value, word); !text) return text.error();
      }
    }
    if (auto checked = check_size(filter.when.larger, "--larger"); !checked) return checked;
    if (auto checked = check_size(filter.when.smaller, "--smaller"); !checked) return checked;
    const auto& then = filter.then;
    if (then.starred) return cannot("Outlook's rules cannot flag (--starred)", "--label or --important");
    if (then.not_spam) {
      return cannot("Outlook's rules see what is in the inbox: no --not-spam",
                    "in Outlook, Settings > Mail > Junk email > Safe senders");
    }
    if (then.important == false) {
      return cannot("Outlook's rules raise the importance or leave it: no --not-important", "leave it out");
    }
    return {};
  }

  Result<MailFilter> add(const MailFilter& filter, const Stop& stop) override {
    if (auto checked = check(filter); !checked) return checked.error();
    MailFilter rule = filter;
    rule.name = name_of(filter);
    const auto there = list(stop);
    if (!there) return there.error();
    if (!rule.order) {
      // Behind those that are there, which are in their order.
      rule.order = there->empty() ? 1 : std::min<std::int64_t>(there->back().order.value_or(0) + 1, INT32_MAX);
    }
    std::string archive;
    if (rule.then.archive) {
      auto id = client_.ask({.what = "looking for the archive",
                             .path = fmt::format("{}{}/mailFolders/archive", kRoot, root_),
                             .query = "$select=id",
                             .headers = immutable_ids()},
                            microsoft::read_folder_id, stop);
      if (!id) return unnamed(id.error());
      archive = *std::move(id);
    }
    auto made = client_.ask({.what = std::string(kAdding),
                             .method = "POST",
                             .path = fmt::format("{}{}", kRoot, rules()),
                             .headers = immutable_ids(),
                             .body = write_rule(rule, archive),
                             .content_type = "application/json",
                             .repeatable = false,
                             .seen_through = true},
                            read_rule, stop);
    // Outlook takes any number of rules that do the same, and may give them other places in the order.
    const auto written = [&](MailFilter other) {
      other.order.reset();
      return write_rule(other, archive);
    };
    const auto look = [&]() -> Result<std::optional<MailFilter>> {
      auto now = list(stop);
      if (!now) return now.error();
      return made_since(*there, *std::move(now), rule, written);
    };
    made = made_once(std::move(made), look, kFiltersThere);
    return made ? std::move(made) : unnamed(made.error());
  }

  Status remove(const std::string& id, const Stop& stop) override {
    const auto removed = client_.carry_out({.what = "deleting the filter",
                                            .method = "DELETE",
                                            .path = fmt::format("{}{}/{}", kRoot, rules(), percent_encode(id))},
                                           stop);
    return removed ? Status() : Status(removed.error());
  }

 private:
  std::string rules() const { return root_ + "/mailFolders/inbox/messageRules"; }

  ApiClient client_;
  std::string root_;
};

class MicrosoftVacation : public VacationSettings {
 public:
  explicit MicrosoftVacation(const ProviderDeps& deps) : client_(deps, read_error), root_(user_root(deps.user)) {}

  Result<Vacation> show(const Stop& stop) override {
    return client_.ask(
        {.what = "reading the automatic replies", .path = path(), .headers = {{"Prefer", "outlook.timezone=\"UTC\""}}},
        read_replies, stop);
  }

  Status check(const Vacation& vacation) const override {
    constexpr std::string_view kSetting = "setting the automatic replies";
    if (!vacation.subject.empty()) {
      return Error{Code::refused,
                   fmt::format("{}: Outlook answers under the subject that was written to it: no --subject", kSetting),
                   "leave it out"};
    }
    if (vacation.contacts_only) {
      return Error{Code::refused,
                   fmt::format("{}: Outlook answers everybody of the own organisation: no --contacts-only", kSetting),
                   "--external contacts"};
    }
    if (vacation.state == AwayState::scheduled && !vacation.until) {
      return Error{Code::refused, fmt::format("{}: what begins at a time must end at one in Outlook", kSetting),
                   "--until DATE as well"};
    }
    return {};
  }

  Result<Vacation> set(const Vacation& vacation, const Stop& stop) override {
    if (auto checked = check(vacation); !checked) return checked.error();
    Vacation complete = vacation;
    if (complete.state == AwayState::scheduled && !complete.from) complete.from = client_.deps().clock.now();
    const auto changed = client_.carry_out({.what = "setting the automatic replies",
                                            .method = "PATCH",
                                            .path = path(),
                                            .body = write_replies(complete),
                                            .content_type = "application/json"},
                                           stop);
    if (!changed) return changed.error();
    return show(stop);
  }

 private:
  std::string path() const { return fmt::format("{}{}/mailboxSettings", kRoot, root_); }

  ApiClient client_;
  std::string root_;
};

}  // namespace

std::unique_ptr<FilterSettings> make_filters(const ProviderDeps& deps) {
  return std::make_unique<MicrosoftFilters>(deps);
}

std::unique_ptr<VacationSettings> make_vacation(const ProviderDeps& deps) {
  return std::make_unique<MicrosoftVacation>(deps);
}

}  // namespace mailmgr::microsoft
