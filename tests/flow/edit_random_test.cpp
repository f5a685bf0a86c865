// Random changes of random messages while every third request fails and syncs run in between. Whoever repeats a command
// until it is done gets what was asked for, however its answers were lost on the way: what was told as done is done,
// here and there, and in the end both sides are exactly as a model of the orders says.
#include <doctest/doctest.h>

#include <random>

#include "tests/flow/edit_world.h"
#include "tests/support/failing_requests.h"
#include "tests/support/test_count.h"

using namespace mailmgr;
using namespace mailmgr::test;

namespace {

using Place = EditOrder::Place;

constexpr int kMessages = 25, kOrders = 10;
constexpr int kMostGoes = 10;  // of one order

// A message as the orders so far make it. It is in one place at a time, also at Gmail.
struct ModelMessage {
  bool unread = true, starred = false;
  std::string place = "inbox";
  std::set<std::string> labels{"Blue", "Urgent"};

  std::string describe() const {
    return SyncedMailbox::describe(unread, starred, {place}, {labels.begin(), labels.end()});
  }
};
using Model = std::map<std::string, ModelMessage>;        // by Message-ID
using Descriptions = std::map<std::string, std::string>;  // the same, as a mailbox or a store describes it

Descriptions told_by(const Model& model) {
  Descriptions told;
  for (const auto& [id, message] : model) told[id] = message.describe();
  return told;
}

std::string of_one(const Descriptions& told, const std::string& id) {
  const auto found = told.find(id);
  return found == told.end() ? "gone" : found->second;
}

// One line for each message that is not as it should be.
std::string deviation(const Descriptions& told, const Descriptions& wanted) {
  auto ids = wanted;
  ids.insert(told.begin(), told.end());
  std::string text;
  for (const auto& [id, any] : ids) {
    if (of_one(told, id) != of_one(wanted, id))
      text += fmt::format("{} {}, wanted {}\n", id, of_one(told, id), of_one(wanted, id));
  }
  return text;
}

// An order, and what it comes to for a message; false: the message is gone.
struct Intent {
  EditOrder order;
  std::function<bool(ModelMessage&)> effect;

  void carry_out(Model& model, const std::string& id) const {
    if (!effect(model.at(id))) model.erase(id);
  }
};

class Hands {
 public:
  explicit Hands(unsigned seed) : dice_(seed) {}

  int roll(int sides) { return static_cast<int>(dice_() % static_cast<unsigned>(sides)); }
  bool coin() { return roll(2) == 0; }

  Intent intent(EditedMailbox& world) {
    switch (roll(6)) {
      case 0:
        return mark_read(coin());
      case 1:
        return star(coin());
      case 2:
        return label(world, coin() ? "Urgent" : "Blue", true);
      case 3:
        return label(world, coin() ? "Urgent" : "Blue", false);
      case 4:
        return move_to_work(world);
      default:
        return move_to_a_place();
    }
  }

  std::vector<EditTarget> some(std::vector<EditTarget> targets) {
    std::shuffle(targets.begin(), targets.end(), dice_);
    targets.resize(std::min<std::size_t>(targets.size(), static_cast<std::size_t>(1 + roll(30))));
    return targets;
  }

 private:
  static Intent mark_read(bool read) {
    return {order_unread(!read), [read](ModelMessage& message) {
              message.unread = !read;
              return true;
            }};
  }

  static Intent star(bool starred) {
    EditOrder order;
    order.starred = starred;
    return {order, [starred](ModelMessage& message) {
              message.starred = starred;
              return true;
            }};
  }

  static Intent label(EditedMailbox& world, const std::string& name, bool add) {
    const auto order = add ? world.labels({{name}, {}}) : world.labels({{}, {name}});
    return {order, [name, add](ModelMessage& message) {
              if (add) message.labels.insert(name);
              if (!add) message.labels.erase(name);
              return true;
            }};
  }

  // Where mail is filed by labels, it gets one and leaves the inbox.
  static Intent move_to_work(EditedMailbox& world) {
    const bool by_label = world.box.spec.files_by_label;
    return {world.move_to("Work"), [by_label](ModelMessage& message) {
              message.place = by_label ? "archive" : "Work";
              if (by_label) message.labels.insert("Work");
              return true;
            }};
  }

  Intent move_to_a_place() {
    constexpr Place kPlaces[] = {Place::inbox,   Place::archive,  Place::trash,  Place::spam,
                                 Place::untrash, Place::not_spam, Place::destroy};
    auto order = order_to(kPlaces[roll(roll(3) == 0 ? 7 : 6)]);
    if (order.place != Place::destroy && roll(3) == 0) order.unread = coin();
    return {order, [order](ModelMessage& message) {
              message.unread = order.unread.value_or(message.unread);
              message.place = place_after(order.place, message.place);
              return order.place != Place::destroy;
            }};
  }

  static std::string place_after(Place wanted, const std::string& now) {
    switch (wanted) {
      case Place::inbox:
        return "inbox";
      case Place::archive:
        return "archive";
      case Place::trash:
        return "trash";
      case Place::spam:
        return "spam";
      case Place::untrash:
        return now == "trash" ? "inbox" : now;
      case Place::not_spam:
        return now == "spam" ? "inbox" : now;
      default:
        return now;
    }
  }

  std::mt19937 dice_;
};

class RandomEdits {
 public:
  RandomEdits(ProviderKind kind, unsigned seed, const char* faults, FirstGoes& goes)
      : hands_(seed), world_(kind), goes_(goes) {
    world_.box.control("create_folder", R"({"name":"Work"})");
    for (int i = 0; i < kMessages; ++i) {
      const auto id = world_.box.deliver_id(mail(i), R"("folder":"inbox","unread":true,"labels":["Urgent","Blue"])");
      message_ids_[id] = fmt::format("<{}@example.org>", i);
      model_[message_ids_[id]] = {};
    }
    REQUIRE(world_.sync_all().complete);
    CHECK(deviation(world_.local(), told_by(model_)) == "");
    world_.box.control_all("/_sandbox/faults", faults);
  }

  void run() {
    for (int step = 0; step < kOrders; ++step) {
      CAPTURE(step);
      const auto intent = hands_.intent(world_);
      repeat_until_done(intent, hands_.some(world_.all_targets()));
      CHECK(deviation(world_.remote(), told_by(model_)) == "");
      if (is_up_to_date_) CHECK(deviation(world_.local(), told_by(model_)) == "");
      if (hands_.roll(4) == 0) sync();
    }
    world_.box.remove_faults();
    sync();
    REQUIRE(is_up_to_date_);
    CHECK(deviation(world_.remote(), told_by(model_)) == "");
    CHECK(deviation(world_.local(), told_by(model_)) == "");
    CHECK(world_.difference() == "");
    CHECK(world_.sync_all(true).changed == 0);
    CHECK(world_.index_complaints() == "");
  }

 private:
  void sync() { is_up_to_date_ = world_.sync_all().complete; }

  const std::string& message_id(const EditTarget& target) const { return message_ids_.at(target.remote_id.value); }

  void repeat_until_done(const Intent& intent, const std::vector<EditTarget>& chosen) {
    std::set<MessageId> open;
    for (const auto& target : chosen) {
      open.insert(target.id);
      intent.carry_out(model_, message_id(target));
    }
    goes_.asked += static_cast<int>(open.size());
    for (int go = 1; !open.empty(); ++go) {
      REQUIRE(go <= kMostGoes);
      // What was done without an answer, or was done to it by others as it seems, a sync tells.
      if (go > 1) sync();
      auto targets = world_.all_targets();
      std::erase_if(targets, [&](const EditTarget& target) { return !open.contains(target.id); });
      if (intent.order.place == Place::destroy) open = ids_of(targets);
      REQUIRE(targets.size() == open.size());
      if (targets.empty()) break;
      (void)world_.edit(intent.order, targets);
      REQUIRE(world_.told.size() == targets.size());
      check_what_was_told(targets);
      for (const auto& target : targets) {
        if (!world_.told.at(target.remote_id.value)) continue;
        open.erase(target.id);
        if (go == 1) ++goes_.done;
      }
    }
  }

  static std::set<MessageId> ids_of(const std::vector<EditTarget>& targets) {
    std::set<MessageId> ids;
    for (const auto& target : targets) ids.insert(target.id);
    return ids;
  }

  // Of each that was told as done both sides say so at once.
  void check_what_was_told(const std::vector<EditTarget>& targets) {
    const auto wanted = told_by(model_);
    const auto local = world_.local(), remote = world_.remote();
    for (const auto& target : targets) {
      if (!world_.told.at(target.remote_id.value)) continue;
      const auto& id = message_id(target);
      CAPTURE(id);
      CHECK(of_one(local, id) == of_one(wanted, id));
      CHECK(of_one(remote, id) == of_one(wanted, id));
    }
  }

  Hands hands_;
  EditedMailbox world_;
  FirstGoes& goes_;
  std::map<std::string, std::string> message_ids_;  // by remote id
  Model model_;
  bool is_up_to_date_ = true;  // no sync has ended half-way since the last whole one
};

}  // namespace

TEST_CASE("random changes end in the same state on both sides, also when every third request fails") {
  FirstGoes undisturbed, disturbed;
  for (int i = 0; i < test_count(2, 300); ++i) {
    CAPTURE(i);
    const bool fails = i % 4 != 1;
    for (const auto kind : kKinds) {
      CAPTURE(to_string(kind));
      auto& goes = fails ? disturbed : undisturbed;
      RandomEdits(kind, static_cast<unsigned>(i), fails ? kEveryThirdFails : "[]", goes).run();
    }
  }
  CHECK(undisturbed.done == undisturbed.asked);
  CAPTURE(disturbed.asked);
  CAPTURE(disturbed.done);
  CHECK(disturbed.done * 3 >= disturbed.asked * 2);
}
