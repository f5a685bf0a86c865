// Random changes of random messages while every third request fails, somebody else uses the mailbox, and syncs run in
// between: what was told as done is done, here and there, and in the end both sides are the same.
#include <doctest/doctest.h>

#include <random>

#include "tests/flow/edit_world.h"
#include "tests/support/test_count.h"

using namespace mailmgr;
using namespace mailmgr::test;

namespace {

using Place = EditOrder::Place;

constexpr const char* kEveryThird = R"([
  {"match":{"path":"gmail/v1|v1.0","every":12},"action":{"status":429,"headers":{"Retry-After":"3"}}},
  {"match":{"path":"gmail/v1|v1.0","every":11},"action":{"status":503}},
  {"match":{"path":"gmail/v1|v1.0","every":10},"action":"reset_after"},
  {"match":{"path":"gmail/v1|v1.0","every":13},"action":"reset_before"},
  {"match":{"path":"gmail/v1|v1.0","every":14},"action":"truncate"}])";

class Hands {
 public:
  explicit Hands(unsigned seed) : dice_(seed) {}

  int roll(int sides) { return static_cast<int>(dice_() % static_cast<unsigned>(sides)); }

  EditOrder order(EditedMailbox& world) {
    constexpr Place kPlaces[] = {Place::inbox,   Place::archive,  Place::trash,  Place::spam,
                                 Place::untrash, Place::not_spam, Place::destroy};
    switch (roll(6)) {
      case 0:
        return order_unread(roll(2) == 0);
      case 1: {
        EditOrder order;
        order.starred = roll(2) == 0;
        return order;
      }
      case 2:
        return world.labels({{roll(2) == 0 ? "Urgent" : "Blue"}, {}});
      case 3:
        return world.labels({{}, {roll(2) == 0 ? "Urgent" : "Blue"}});
      case 4:
        return world.move_to("Work");
      default: {
        auto order = order_to(kPlaces[roll(roll(3) == 0 ? 7 : 6)]);
        if (order.place != Place::destroy && roll(3) == 0) order.unread = roll(2) == 0;
        return order;
      }
    }
  }

  std::vector<EditTarget> some(std::vector<EditTarget> targets) {
    std::shuffle(targets.begin(), targets.end(), dice_);
    targets.resize(std::min<std::size_t>(targets.size(), static_cast<std::size_t>(1 + roll(30))));
    return targets;
  }

 private:
  std::mt19937 dice_;
};

// What of the order is not so now.
std::string unfulfilled(EditedMailbox& world, const EditOrder& order, const EditTarget& target) {
  const auto known = world.folders();
  const Places places{known, world.box.spec.files_by_label};
  const auto now = world.store->edits().targets({&target.id, 1}).value();
  if (order.place == Place::destroy) return now.empty() ? "" : "not deleted";
  if (now.empty()) return "gone";
  const auto edit = plan_edit(order, target, places).value();
  if (!edit) return "";
  const auto holds = [&](const FolderId& id) {
    return std::find(now[0].places.begin(), now[0].places.end(), id) != now[0].places.end();
  };
  std::string text;
  if (edit->wish.unread && now[0].unread != *edit->wish.unread) text += "unread ";
  if (edit->wish.starred && now[0].starred != *edit->wish.starred) text += "starred ";
  if (edit->wish.folder && !holds(*edit->wish.folder)) text += "folder ";
  for (const auto& id : edit->wish.add) text += holds(id) ? "" : "+" + id.value + " ";
  for (const auto& id : edit->wish.remove) text += holds(id) ? "-" + id.value + " " : "";
  return text;
}

std::map<std::string, std::string> differing_ids(EditedMailbox& world) {
  auto local = world.local_exactly();
  auto remote = world.remote_exactly();
  std::map<std::string, std::string> result;
  for (const auto& [id, state] : remote) {
    if (local[id] != state) result[id] = fmt::format("mailbox {} store {}", state, local[id]);
    local.erase(id);
  }
  for (const auto& [id, state] : local) {
    if (!remote.contains(id)) result[id] = "surplus";
  }
  return result;
}

void run_random(ProviderKind kind, unsigned seed, const char* faults) {
  CAPTURE(to_string(kind));
  CAPTURE(seed);
  Hands hands(seed);
  EditedMailbox world(kind);
  world.box.control("create_folder", R"({"name":"Work"})");
  for (int i = 0; i < 25; ++i)
    world.box.deliver_id(mail(i), R"("folder":"inbox","unread":true,"labels":["Urgent","Blue"])");
  REQUIRE(world.sync_all().complete);
  world.box.control_all("/_sandbox/faults", faults);
  for (int step = 0; step < 10; ++step) {
    CAPTURE(step);
    const auto order = hands.order(world);
    const auto targets = hands.some(world.all_targets());
    const auto before = differing_ids(world);
    const auto done = world.edit(order, targets);
    REQUIRE(world.told.size() == targets.size());
    const auto wrong = differing_ids(world);
    for (const auto& target : targets) {
      const auto& status = world.told.at(target.remote_id.value);
      // What is not known here because an answer was lost is for the next sync to find.
      if (!status || before.contains(target.remote_id.value)) continue;
      CHECK(unfulfilled(world, order, target) == "");
      if (const auto found = wrong.find(target.remote_id.value); found != wrong.end()) FAIL_CHECK(found->second);
    }
    if (done && before.empty()) CHECK(wrong.empty());
    if (hands.roll(4) == 0) (void)world.sync_all();
  }
  world.box.remove_faults();
  REQUIRE(world.sync_all().complete);
  CHECK(world.difference() == "");
  CHECK(world.sync_all(true).changed == 0);
  CHECK(world.index_complaints() == "");
}

}  // namespace

TEST_CASE("random changes end in the same state on both sides, also when every third request fails") {
  for (int i = 0; i < test_count(2, 300); ++i) {
    for (const auto kind : kKinds) run_random(kind, static_cast<unsigned>(i), i % 4 == 1 ? "[]" : kEveryThird);
  }
}
