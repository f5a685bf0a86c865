// The world as tests see it: a clock that moves only when told, random numbers that repeat, HTTP answers from a script,
// leases in memory and a browser that only remembers. All are safe to use from several threads.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "core/ports/browser.h"
#include "core/ports/clock.h"
#include "core/ports/http.h"
#include "core/ports/keys.h"
#include "core/ports/leases.h"
#include "core/ports/quota_ledger.h"
#include "core/ports/random.h"
#include "core/ports/stop.h"

namespace mailmgr {

class FakeClock final : public Clock {
 public:
  explicit FakeClock(std::string_view now = "2026-01-31T09:15:00Z");
  Time now() override;
  Monotonic monotonic() override;
  // Moves the time at once, no further than the stop's deadline.
  bool sleep_for(milliseconds duration, const Stop& stop) override;

  void advance(milliseconds duration);        // both clocks
  void set_wall_clock(std::string_view now);  // as when somebody sets the date
  milliseconds slept();                       // by all sleep_for so far

  // Called before the time moves in sleep_for, without a lock: a test may wait there until nothing else is going on.
  std::function<void()> before_sleep;

 private:
  std::mutex mutex_;
  Time now_;
  Monotonic monotonic_{std::chrono::hours(1)};
  milliseconds slept_{0};
};

class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed = 1) : engine_(seed) {}
  std::string bytes(std::size_t count) override;

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

class ScriptedHttp final : public HttpClient {
 public:
  using Answer = std::function<Result<HttpResponse>(const HttpRequest&)>;

  // Answers are given in the order they were queued; a request beyond them is an internal error.
  void answer(int status, std::string body = {}, HttpHeaders headers = {});
  void fail(Code code, std::string message = "scripted failure");
  void answer_with(Answer answer);
  // From now on every request that finds the queue empty gets this answer.
  void always(Answer answer);

  Result<HttpResponse> send(const HttpRequest& request, const Stop& stop) override;

  std::vector<HttpRequest> requests();  // all so far, without on_body
  HttpRequest last();                   // the latest; an empty one before the first
  std::size_t unused();                 // answers still queued

 private:
  std::mutex mutex_;
  std::deque<Answer> queue_;
  Answer always_;
  std::vector<HttpRequest> requests_;
};

class MemoryLeases final : public Leases {
 public:
  bool waits = true;  // false: who holds a lease and who wants it are one thread, which would wait for itself

  Result<std::unique_ptr<Lease>> take(std::string_view name, milliseconds patience, const Stop& stop) override;
  bool is_held(std::string_view name);
  std::vector<std::string> history();  // every lease taken so far, in order

 private:
  class Held;
  std::mutex mutex_;
  std::condition_variable released_;
  std::set<std::string, std::less<>> held_;
  std::vector<std::string> history_;
};

class RecordingBrowser final : public Browser {
 public:
  Status open(const Url& url) override;
  std::vector<Url> opened();

  bool fails = false;                       // no browser can be started
  std::function<void(const Url&)> on_open;  // what the person does; called by open()

 private:
  std::mutex mutex_;
  std::vector<Url> opened_;
};

// What is spent of quotas, in memory. Processes are not told apart.
class MemoryQuotaLedger final : public QuotaLedger {
 public:
  Status update(std::string_view key, const std::function<void(QuotaRecord&)>& change) override;
  QuotaRecord record(std::string_view key);

 private:
  std::mutex mutex_;
  std::map<std::string, QuotaRecord, std::less<>> records_;
};

// A key that is always there.
class FixedKeys final : public Keys {
 public:
  explicit FixedKeys(std::string key = std::string(32, 'k')) : key_(key) {}
  Result<Secret> load() override { return key_; }
  Result<Secret> load_or_create() override { return key_; }

 private:
  Secret key_;
};

}  // namespace mailmgr
