// Random operations on the store and on a naive model of it, compared step by step. MAILMGR_TEST_COUNT sets how many
// sequences are tried; the seed of a failing one is printed.
#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <set>

#include "tests/store/mail_fixture.h"
#include "tests/support/test_count.h"

namespace mailmgr::store {
namespace {

const std::vector<std::string> kLabels{"INBOX", "SPAM", "TRASH", "L1", "L2", "L3"};
const std::vector<std::string> kWords{"apple", "pear", "plum", "cherry"};
const std::vector<std::string> kPeople{"ada@example.org", "bob@example.net", "carol@mail.example.org"};

struct Known {
  bool stored = false, unread = false, starred = false;
  std::int64_t received = 0, number = 0;  // number: in the order of rows
  std::set<std::string> labels;
  std::string word, from, thread;
};

struct Patch {
  std::optional<bool> unread, starred;
  std::optional<std::set<std::string>> labels;
  std::set<std::string> add, remove;
};

void lay(const Patch& patch, Known& message) {
  if (patch.unread) message.unread = *patch.unread;
  if (patch.starred) message.starred = *patch.starred;
  if (patch.labels) message.labels = *patch.labels;
  message.labels.insert(patch.add.begin(), patch.add.end());
  for (const auto& label : patch.remove) message.labels.erase(label);
}

class Model : public MailFixture {
 public:
  explicit Model(std::uint64_t seed) : random_(seed) { gmail_folders(account); }

  void step() {
    switch (below(10)) {
      case 0:
      case 1:
      case 2:
        return store_some();
      case 3:
      case 4:
      case 5:
        return apply_some();
      case 6:
        return drop_some();
      case 7:
        return below(3) == 0 ? reopen() : store_some();
      default:
        return below(4) == 0 ? enumerate() : apply_some();
    }
  }

  void compare() {
    CHECK(list() == expected([](const Known&) { return true; }, true));
    const auto has = [](const Known& m, const std::string& label) { return m.labels.contains(label); };
    const std::vector<std::pair<std::string, std::function<bool(const Known&)>>> queries{
        {"apple", [](const Known& m) { return m.word == "apple"; }},
        {"-apple", [](const Known& m) { return m.word != "apple"; }},
        {"apple OR is:unread", [](const Known& m) { return m.word == "apple" || m.unread; }},
        {"pear label:work", [&](const Known& m) { return m.word == "pear" && has(m, "L1"); }},
        {"in:inbox", [&](const Known& m) { return has(m, "INBOX"); }},
        {"in:archive is:read", [&](const Known& m) { return !has(m, "INBOX") && !m.unread; }},
        {"from:@example.org -is:starred", [](const Known& m) { return m.from == kPeople[0] && !m.starred; }},
        {"domain:example.org plum", [](const Known& m) { return m.from != kPeople[1] && m.word == "plum"; }},
        {"from:bob (label:work OR cherry)",
         [&](const Known& m) { return m.from == kPeople[1] && (has(m, "L1") || m.word == "cherry"); }},
        {"after:2026-01-31T12:00:04Z apple",
         [](const Known& m) { return m.received >= kNoon + 4 && m.word == "apple"; }},
        {"before:2026-01-31T12:00:04Z", [](const Known& m) { return m.received < kNoon + 4; }},
        {"thread:t1", [](const Known& m) { return m.thread == "t1"; }},
    };
    for (const auto& [text, holds] : queries) {
      CAPTURE(text);
      CHECK(find(text) == expected(holds, false));
    }
    CHECK(wanted() == join(wanted_in_order()));
    compare_counts();
  }

 private:
  std::size_t below(std::size_t end) { return random_() % end; }
  bool maybe() { return below(2) == 0; }
  std::string some_id() { return "m" + std::to_string(below(30)); }
  template <class T>
  const T& one_of(const std::vector<T>& all) {
    return all[below(all.size())];
  }
  std::set<std::string> some_labels() {
    std::set<std::string> labels;
    for (const auto& label : kLabels) {
      if (below(4) == 0) labels.insert(label);
    }
    return labels;
  }

  void store_some() {
    std::vector<NewMessage> batch;
    std::set<std::string> taken;
    for (std::size_t i = below(5) + 1; i > 0; --i) {
      Draft draft;
      draft.id = some_id();
      if (!taken.insert(draft.id).second) continue;
      const auto labels = some_labels();
      draft.labels.assign(labels.begin(), labels.end());
      draft.subject = one_of(kWords);
      draft.body = "text";
      draft.from = one_of(kPeople);
      draft.thread = "t" + std::to_string(below(5));
      draft.received = kNoon + static_cast<std::int64_t>(below(8));
      draft.unread = maybe();
      draft.starred = maybe();
      batch.push_back(make(draft));

      stored_now_.insert(draft.id);
      auto& message = row_of(draft.id);
      lay({draft.unread, draft.starred, labels, {}, {}}, message);
      message.stored = true;
      message.received = draft.received;
      message.word = draft.subject;
      message.from = draft.from;
      message.thread = draft.thread;
      for (const auto& patch : pending_[draft.id]) lay(patch, message);
      forget_wanted(draft.id);
    }
    REQUIRE(sync().store_messages(account, batch, at(kNoon)));
  }

  void apply_some() {
    std::vector<Change> changes;
    for (std::size_t i = below(6); i > 0; --i) {
      const auto id = some_id();
      if (below(6) == 0) {
        changes.push_back(gone(id));
        known_.erase(id);
        forget_wanted(id);
        continue;
      }
      Patch patch;
      const bool complete = below(4) == 0;
      if (complete || maybe()) patch.unread = maybe();
      if (complete || maybe()) patch.starred = maybe();
      if (complete || below(3) == 0) patch.labels = some_labels();
      if (!complete) {
        patch.add = some_labels();
        patch.remove = some_labels();
      }
      MarksPatch marks;
      marks.unread = patch.unread;
      marks.starred = patch.starred;
      if (patch.labels) marks.labels = ids({patch.labels->begin(), patch.labels->end()});
      marks.add = ids({patch.add.begin(), patch.add.end()});
      marks.remove = ids({patch.remove.begin(), patch.remove.end()});
      marks.complete = complete;
      changes.push_back(present(id, marks));

      const bool is_wanted = wanted_.contains(id);
      if (is_wanted) pending_[id].push_back(patch);
      if (known_.contains(id) || complete) lay(patch, row_of(id));
      if (!is_wanted && !(known_.contains(id) && known_[id].stored)) wanted_[id] = ++queued_;
    }
    apply("mailbox", std::move(changes));
  }

  void drop_some() {
    const auto id = some_id();
    const RemoteId remote(id);
    REQUIRE(sync().drop_wanted(account, {&remote, 1}));
    if (!wanted_.contains(id)) return;
    forget_wanted(id);
    known_.erase(id);
  }

  // A listing of the whole mailbox that names half of the ids, and gives some of them other labels.
  void enumerate() {
    const StreamId stream("mailbox");
    REQUIRE(sync().begin_enumeration(account, stream, Cursor("c")));
    pending_.clear();  // fetching tells all marks as they are then
    const auto before = known_;
    std::vector<std::pair<RemoteId, ThreadId>> listed;
    std::set<std::string> names;
    for (int i = 0; i < 30; ++i) {
      const auto id = "m" + std::to_string(i);
      const bool is_known = known_.contains(id) && known_[id].stored;
      if (below(6) == 0 || (!is_known && !wanted_.contains(id))) continue;
      listed.emplace_back(RemoteId(id), ThreadId());
      names.insert(id);
    }
    REQUIRE(sync().apply_listing(account, stream, listed, ListingPass::wanted, "x"));
    std::map<std::string, Known> rebuilt;
    for (const auto& label : kLabels) {
      std::vector<RemoteId> carriers;
      for (const auto& name : names) {
        if (below(3) != 0) continue;
        carriers.emplace_back(name);
        rebuilt[name].labels.insert(label);
      }
      REQUIRE(sync().apply_label_listing(account, stream, FolderId(label), carriers, "y"));
    }
    stored_now_.clear();
    if (maybe()) store_some();  // mail that arrives meanwhile keeps what it was stored with
    REQUIRE(sync().finish_enumeration(account, stream, Cursor("c")));
    const auto departed = sync().next_departed(account, 1000);
    REQUIRE(departed);
    REQUIRE(sync().settle_departed(account, {}, *departed));
    for (const auto& [id, old] : before) {
      if (!old.stored || stored_now_.contains(id)) continue;
      if (!names.contains(id)) {
        known_.erase(id);
        forget_wanted(id);
        continue;
      }
      known_[id].labels = rebuilt[id].labels;
      known_[id].unread = known_[id].starred = false;
    }
  }

  Known& row_of(const std::string& id) {
    if (!known_.contains(id)) known_[id].number = ++rows_;
    return known_[id];
  }
  void forget_wanted(const std::string& id) {
    wanted_.erase(id);
    pending_.erase(id);
  }

  std::string expected(const std::function<bool(const Known&)>& holds, bool anywhere) const {
    std::vector<std::pair<std::pair<std::int64_t, std::int64_t>, std::string>> found;
    for (const auto& [id, message] : known_) {
      const bool hidden = message.labels.contains("SPAM") || message.labels.contains("TRASH");
      if (!message.stored || (hidden && !anywhere) || !holds(message)) continue;
      found.push_back({{-message.received, -message.number}, id});
    }
    std::sort(found.begin(), found.end());
    std::vector<std::string> words;
    for (const auto& [key, id] : found) words.push_back(id);
    return join(words);
  }

  std::vector<std::string> wanted_in_order() const {
    std::vector<std::pair<std::int64_t, std::string>> order;
    for (const auto& [id, place] : wanted_) {
      const bool marks_known = known_.contains(id);
      order.emplace_back(place, id + (marks_known ? "+" : ""));
    }
    std::sort(order.begin(), order.end());
    std::vector<std::string> words;
    for (const auto& [place, word] : order) words.push_back(word);
    return words;
  }

  void compare_counts() {
    std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> expected_counts;
    std::uint64_t stored = 0;
    for (const auto& [id, message] : known_) {
      if (!message.stored) continue;
      ++stored;
      for (const auto& label : message.labels) {
        ++expected_counts[label].first;
        expected_counts[label].second += message.unread ? 1 : 0;
      }
    }
    CHECK(sync().counts(account)->messages == stored);
    CHECK(sync().counts(account)->remaining == wanted_.size());
    const auto folders = reader().folders();
    REQUIRE(folders);
    for (const auto& row : *folders) {
      CAPTURE(row.folder.id.value);
      CHECK(row.total == expected_counts[row.folder.id.value].first);
      CHECK(row.unread == expected_counts[row.folder.id.value].second);
    }
  }

  std::mt19937_64 random_;
  std::map<std::string, Known> known_;
  std::map<std::string, std::int64_t> wanted_;  // id → place in the queue
  std::map<std::string, std::vector<Patch>> pending_;
  std::set<std::string> stored_now_;
  std::int64_t rows_ = 0, queued_ = 0;
};

TEST_CASE("random operations leave what a naive model says") {
  const auto sequences = static_cast<std::uint64_t>(test::test_count(12, 500));
  for (std::uint64_t seed = 1; seed <= sequences; ++seed) {
    CAPTURE(seed);
    Model model(seed);
    for (int step = 0; step < 60; ++step) {
      CAPTURE(step);
      model.step();
      if (step % 4 == 3) model.compare();
    }
    model.compare();
  }
}

}  // namespace
}  // namespace mailmgr::store
