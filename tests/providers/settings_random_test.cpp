// Filters and automatic answers changed at random, with and without trouble on the way: both providers end as asked
// for.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <utility>

#include "tests/providers/settings_box.h"
#include "tests/support/failing_requests.h"
#include "tests/support/test_count.h"

using namespace mailmgr;

namespace {

// What a filter made by random_filter() says, and what of it a provider tells.
std::string said_of(const MailFilter& filter) {
  const auto& then = filter.then;
  std::string text = in_search_words(filter.when);
  if (then.read) text += " read";
  if (then.important) text += *then.important ? " important" : " not important";
  if (then.archive || then.move) text += " away";  // Outlook's archive is a folder
  for (const auto& label : then.labels) text += " +" + label.id.value;
  return text;
}

std::string said_of(const Vacation& vacation) {
  const auto time = [](const std::optional<Time>& time) { return time ? to_rfc3339(*time) : "-"; };
  return fmt::format("{} {} {} {} {}", to_string(vacation.state), time(vacation.from), time(vacation.until),
                     to_string(vacation.external), vacation.body.html);
}

// Changes of a mailbox's settings, each repeated until it is done.
class SettingsHands {
 public:
  SettingsHands(ProviderKind kind, unsigned seed, mailmgr::test::FirstGoes& goes)
      : box_(kind), dice_(seed), goes_(goes), filters_(box_.filters()), vacation_(box_.vacation()) {
    label_ = box_.label("News");
    box_.box.control_all("/_sandbox/faults", mailmgr::test::kEveryThirdFails);
  }

  void change_something() {
    ++goes_.asked;
    switch (roll(4)) {
      case 0:
        return set_vacation();
      case 1:
        if (!kept_.empty()) return remove_filter();
        [[fallthrough]];
      default:
        return add_filter();
    }
  }

  void check_all() {
    box_.box.remove_faults();
    CHECK(told(filters_->list({}).value()) == wanted());
    if (away_) CHECK(said_of(vacation_->show({}).value()) == *away_);
  }

 private:
  int roll(int sides) { return static_cast<int>(dice_() % static_cast<unsigned>(sides)); }
  bool coin() { return roll(2) == 0; }

  MailFilter random_filter() {
    MailFilter filter;
    filter.when.subject = {fmt::format("subject {}", ++made_)};
    if (coin()) filter.when.from = {coin() ? "news@example.org" : "news"};
    if (coin()) filter.when.larger = static_cast<std::uint64_t>(1 + roll(5)) << 20;
    if (coin()) filter.when.not_has = {"urgent"};
    filter.then.labels = {label_};
    filter.then.read = coin();
    filter.then.archive = coin();
    if (coin()) filter.then.important = true;
    return filter;
  }

  // One line each, in no order.
  static std::string told(const std::vector<MailFilter>& filters) {
    std::multiset<std::string> lines;
    for (const auto& filter : filters) lines.insert(said_of(filter));
    return fmt::format("{}", fmt::join(lines, "\n"));
  }
  std::string wanted() const {
    std::multiset<std::string> lines;
    for (const auto& [id, said] : kept_) lines.insert(said);
    return fmt::format("{}", fmt::join(lines, "\n"));
  }

  // As often as it takes; counted where that is once.
  template <class Change>
  void until_done(Change change) {
    for (int time = 1; !change(); ++time) {
      REQUIRE(time < kMostTimes);
      if (time == 1) --goes_.done;
    }
    ++goes_.done;
  }

  void add_filter() {
    const auto filter = random_filter();
    CAPTURE(said_of(filter));
    until_done([&, looks = false]() mutable {
      if (std::exchange(looks, true)) {  // before it is added again, as the hint says
        const auto now = filters_->list({});
        if (!now) return false;
        for (const auto& other : *now) {
          if (said_of(other) == said_of(filter)) return kept_.emplace(other.id, said_of(filter)).second;
        }
      }
      const auto made = filters_->add(filter, {});
      if (made) CHECK(said_of(*made) == said_of(filter));
      return made && kept_.emplace(made->id, said_of(filter)).second;
    });
    if (const auto now = filters_->list({})) CHECK(told(*now) == wanted());
  }

  void remove_filter() {
    const auto which = std::next(kept_.begin(), roll(static_cast<int>(kept_.size())));
    until_done([&] {
      const auto removed = filters_->remove(which->first, {});
      return removed || removed.error().code == Code::gone;
    });
    kept_.erase(which);
    if (const auto now = filters_->list({})) CHECK(told(*now) == wanted());
  }

  void set_vacation() {
    const auto day = from_rfc3339("2030-01-01T00:00:00Z").value() + std::chrono::hours(24 * roll(100));
    Vacation vacation;
    vacation.state = static_cast<AwayState>(roll(3));
    vacation.body.html = fmt::format("<p>Away {}</p>", ++made_);
    vacation.external = coin() ? Outsiders::none : Outsiders::all;
    if (vacation.state == AwayState::scheduled) {
      vacation.from = day;
      vacation.until = day + std::chrono::hours(48);
    }
    away_ = said_of(vacation);
    until_done([&] {
      const auto set = vacation_->set(vacation, {});
      if (set) CHECK(said_of(*set) == *away_);
      return set.has_value();
    });
    if (const auto shown = vacation_->show({})) CHECK(said_of(*shown) == *away_);
  }

  static constexpr int kMostTimes = 12;

  SettingsBox box_;
  std::mt19937 dice_;
  mailmgr::test::FirstGoes& goes_;
  std::unique_ptr<FilterSettings> filters_;
  std::unique_ptr<VacationSettings> vacation_;
  Folder label_;
  std::map<std::string, std::string> kept_;  // filters by id
  std::optional<std::string> away_;          // the automatic answer, once it was set
  int made_ = 0;
};

}  // namespace

TEST_CASE("filters and automatic answers end as asked for, also when every third request fails") {
  mailmgr::test::FirstGoes goes;
  for (int i = 0; i < mailmgr::test::test_count(2, 200); ++i) {
    CAPTURE(i);
    for (const auto kind : kSettingsKinds) {
      CAPTURE(to_string(kind));
      SettingsHands hands(kind, static_cast<unsigned>(i), goes);
      for (int change = 0; change < 15; ++change) hands.change_something();
      hands.check_all();
    }
  }
  CAPTURE(goes.asked);
  CAPTURE(goes.done);
  CHECK(goes.done * 2 >= goes.asked);
}
