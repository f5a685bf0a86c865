// Exactly once with the real program: connections that break in every way, SIGKILL at failpoints and at random moments,
// two processes with one key, drafts that their owner deletes, mail that takes its time at Microsoft. Each kind of
// trouble meets a mailbox of its own, side by side, as most of the time goes with waiting. The table of outcomes is
// printed.
#include <signal.h>

#include <exception>
#include <iostream>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "tests/e2e/kill.h"
#include "tests/e2e/mail_state.h"
#include "tests/support/test_count.h"

using namespace mailmgr::test;

namespace {

enum class Killing { never, at_failpoints, at_any_moment };

struct Mishap {
  std::string name;
  std::vector<std::pair<double, std::string>> faults;  // how likely each is for a request, and what
  Killing killing = Killing::never;
  bool two_at_once = false;
  bool deletes_drafts = false;
  bool may_look = true;  // else the login may only send
};

const std::vector<Mishap>& mishaps() {
  const std::string before = R"("reset_before")", after = R"("reset_after")";
  const auto status = [](int code, bool late) { return Json{{"status", code}, {"after", late}}.dump(); };
  static const std::vector<Mishap> all{
      {"none", {}},
      {"reset before", {{.2, before}}},
      {"reset after", {{.2, after}}},
      {"mid-answer", {{.1, R"("reset_mid_body")"}, {.1, R"("truncate")"}}},
      {"500 502 504", {{.07, status(500, false)}, {.07, status(502, false)}, {.07, status(504, false)}}},
      {"the same after", {{.07, status(500, true)}, {.07, status(502, true)}, {.07, status(504, true)}}},
      {"killed", {{.05, after}}, Killing::at_failpoints},
      {"killed anywhen", {{.05, after}}, Killing::at_any_moment},
      {"two at once", {{.05, after}}, Killing::never, true},
      {"two, one killed", {{.05, after}}, Killing::at_failpoints, true},
      {"drafts deleted", {{.2, after}, {.1, before}}, Killing::at_any_moment, false, true},
      {"may only send", {{.1, after}}, Killing::at_any_moment, false, false, false},
  };
  return all;
}

struct Key {
  std::string word;
  std::string state = "";  // as the last command told it
  bool draft_deleted = false;
};

// One mailbox, one home, one kind of trouble.
class Lane {
 public:
  Lane(const Sandbox& sandbox, const std::string& provider, const Mishap& mishap, int number)
      : sandbox_(sandbox),
        mishap_(mishap),
        box_{provider, "m" + std::to_string(number) + (provider == "google" ? "@gmail.test" : "@outlook.test")},
        dice_(static_cast<unsigned>(number)) {
    sandbox.post("/_sandbox/accounts", {{"email", box_.address}});
    home_.set_provider(provider, sandbox);
    std::vector<std::string> words{"login",        provider,    "--browser", "/usr/bin/curl -sSL -o /dev/null",
                                   "--login-hint", box_.address};
    if (!mishap.may_look) words.insert(words.end(), {"--access", "send-only"});
    const Ended login = home_.run(words);
    REQUIRE_MESSAGE(login.exit_code == 0, login.err);
    if (provider == "microsoft") {
      const std::string in = dice_() % 2 == 0 ? "drafts" : "outbox";
      sandbox.post(mailbox(box_, "send_slowly"), {{"seconds", dice_() % 4}, {"in", in}});
    }
    for (const auto& [probability, action] : mishap.faults) {
      sandbox.post("/_sandbox/faults",
                   {{"match", {{"probability", probability}, {"path", "gmail/v1|v1.0"}, {"user", box_.address}}},
                    {"action", Json::parse(action)}});
    }
  }

  void send_all(int count) {
    for (int i = 0; i < count; ++i) {
      auto& key = keys_.emplace_back(Key{"key " + std::to_string(i)});
      for (int runs = 0; runs < 20 && key.state != "sent" && key.state != "unknown"; ++runs) {
        attempt(key);
        if (mishap_.deletes_drafts && dice_() % 2 == 0) delete_drafts(key);
      }
    }
  }

  // In quiet times what is undecided is decided, and what is unknown is asked about.
  void settle() {
    for (auto& key : keys_) {
      if (key.state != "sent") take(home_.run(words(key)), key);
    }
  }

  void report(std::string& table) const {
    std::map<std::string, int> times;
    const Json sent = sandbox_.get(mailbox(box_, "sent"));
    for (const auto& message : sent) ++times[message["subject"].get<std::string>()];
    int once = 0, deleted = 0, blind = 0, lost = 0, twice = 0, wrong = 0;
    for (const auto& key : keys_) {
      const int count = times[key.word];
      const bool is_sent = key.state == "sent", is_unknown = key.state == "unknown";
      once += is_sent && count == 1;
      lost += is_sent && count == 0;
      twice += count > 1;
      deleted += is_unknown && key.draft_deleted;
      blind += is_unknown && !key.draft_deleted && !mishap_.may_look;
      wrong += !(is_sent || is_unknown) || (is_unknown && !key.draft_deleted && mishap_.may_look);
    }
    CAPTURE(box_.name);
    CAPTURE(mishap_.name);
    CHECK(lost == 0);
    CHECK(twice == 0);
    CHECK(wrong == 0);
    CHECK(wrongly_failed_ == 0);
    table += row(box_.name, mishap_.name, keys_.size(), kills_, once, deleted, blind, lost, twice, wrong);
  }

  template <class... Columns>
  static std::string row(const std::string& provider, const std::string& trouble, const Columns&... columns) {
    std::string line =
        provider + std::string(11 - provider.size(), ' ') + trouble + std::string(17 - trouble.size(), ' ');
    const auto add = [&](const auto& column) {
      std::string text;
      if constexpr (std::is_integral_v<std::decay_t<decltype(column)>>) {
        text = std::to_string(column);
      } else {
        text = column;
      }
      line += std::string(text.size() < 9 ? 9 - text.size() : 1, ' ') + text;
    };
    (add(columns), ...);
    return line + "\n";
  }

 private:
  std::vector<std::string> words(const Key& key) const {
    return {"send",   "--to",  "someone@example.org", "--subject", key.word, "--body", "Here.", "--key",
            key.word, "--json"};
  }

  void take(const Ended& ended, Key& key) {
    if (ended.exit_code == kKilled) {
      ++kills_;
      return;
    }
    const auto lines = json_lines(ended.out);
    key.state = lines.empty() ? "" : lines.front().value("state", "");
    // A command that says that it failed has sent nothing.
    if (key.state == "failed") wrongly_failed_ += has_left(key) ? 1 : 0;
  }

  bool has_left(const Key& key) const {
    const Json sent = sandbox_.get(mailbox(box_, "sent"));
    for (const auto& message : sent) {
      if (message["subject"] == key.word) return true;
    }
    return false;
  }

  Start armed(const Key& key) {
    Start start = home_.start(words(key));
    if (mishap_.killing == Killing::at_failpoints && dice_() % 3 != 0) {
      static constexpr const char* kPlaces[] = {"http.before_send", "http.after_answer", "store.before_commit",
                                                "store.after_commit"};
      start.environment["MAILMGR_FAILPOINT"] =
          std::string(kPlaces[dice_() % 4]) + ":" + std::to_string(1 + dice_() % 5);
    }
    if (mishap_.killing == Killing::at_any_moment && dice_() % 3 != 0) {
      const auto moment = "0." + std::to_string(1000 + dice_() % 150).substr(1);
      start.argv.insert(start.argv.begin(), {"/usr/bin/timeout", "--signal=KILL", moment});
    }
    return start;
  }

  void attempt(Key& key) {
    if (!mishap_.two_at_once) return take(run(armed(key)), key);
    Background other(home_.start(words(key)));
    take(run(armed(key)), key);
    take(other.wait(), key);
  }

  void delete_drafts(Key& key) {
    const Json state = sandbox_.get(mailbox(box_, "state"));
    for (const auto& message : state["messages"]) {
      if (!message["draft"].get<bool>()) continue;
      key.draft_deleted = true;
      sandbox_.post(mailbox(box_, "delete"), {{"id", message["id"]}});
    }
  }

  const Sandbox& sandbox_;
  const Mishap& mishap_;
  ProviderCase box_;
  Home home_;
  std::mt19937 dice_;
  std::vector<Key> keys_;
  int kills_ = 0, wrongly_failed_ = 0;
};

}  // namespace

TEST_CASE("whatever happens to the program and its connections, a command repeated with its key sends once" *
          doctest::skip(kWithoutFailpoints)) {
  const int each = (test_count(12, 504) + 11) / static_cast<int>(mishaps().size());
  const Sandbox sandbox({"--auto-consent", "--quota", "off"});
  std::vector<std::unique_ptr<Lane>> lanes;
  for (const auto& provider : provider_cases()) {
    for (const auto& mishap : mishaps()) {
      lanes.push_back(std::make_unique<Lane>(sandbox, provider.name, mishap, static_cast<int>(lanes.size())));
    }
  }
  std::vector<std::exception_ptr> problems(lanes.size());
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < lanes.size(); ++i) {
      threads.emplace_back([&, i] {
        try {
          lanes[i]->send_all(each);
        } catch (...) {
          problems[i] = std::current_exception();
        }
      });
    }
  }
  for (const auto& problem : problems) {
    if (problem) std::rethrow_exception(problem);
  }
  sandbox.remove_faults();
  std::string table =
      "\n" + Lane::row("provider", "trouble", "sends", "kills", "once", "deleted", "no look", "lost", "twice", "wrong");
  for (const auto& lane : lanes) {
    lane->settle();
  }
  sandbox.post("/_sandbox/clock", {{"advance_seconds", 30}});  // what is on its way arrives
  for (const auto& lane : lanes) lane->report(table);
  std::cout << table;
}
