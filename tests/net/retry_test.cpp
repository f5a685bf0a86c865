#include "core/net/retry.h"

#include <doctest/doctest.h>

#include "tests/support/fakes.h"

using namespace mailmgr;
using namespace std::chrono_literals;

namespace {

Error failure(Code code, std::optional<milliseconds> after = std::nullopt) {
  Error error{code, "asking", ""};
  error.retry_after = after;
  return error;
}

struct RetryWorld {
  FakeClock clock;
  SeededRandom random;

  // How often a call that always fails like this is made.
  int calls(const Error& error, RetryPolicy policy, Error* last = nullptr) {
    int count = 0;
    const Stop stop;
    const auto result = with_retries(Retry(policy, clock, random), stop, [&]() -> Result<int> {
      ++count;
      return error;
    });
    if (last != nullptr) *last = result.error();
    return count;
  }
};

}  // namespace

TEST_CASE("what certainly was not processed is tried again") {
  RetryWorld world;
  CHECK(world.calls(failure(Code::unreachable), {}) == 5);
  CHECK(world.calls(failure(Code::throttled), {}) == 5);
}

TEST_CASE("what may have been processed is tried again only when that does no harm") {
  RetryWorld world;
  CHECK(world.calls(failure(Code::no_answer), {}) == 1);
  CHECK(world.calls(failure(Code::try_later), {}) == 1);
  CHECK(world.calls(failure(Code::no_answer), {.is_idempotent = true}) == 5);
  CHECK(world.calls(failure(Code::try_later), {.is_idempotent = true}) == 5);
}

TEST_CASE("what was certainly not done is told from what may have been") {
  for (const Code code : {Code::no_answer, Code::try_later, Code::interrupted, Code::internal}) {
    CHECK(may_have_been_done(failure(code)));
  }
  for (const Code code : {Code::unreachable, Code::throttled, Code::refused, Code::gone, Code::too_large}) {
    CHECK_FALSE(may_have_been_done(failure(code)));
  }
}

TEST_CASE("errors that stay are not tried again") {
  for (const Code code : {Code::refused, Code::gone, Code::token_rejected, Code::too_large, Code::cursor_expired}) {
    RetryWorld world;
    CHECK(world.calls(failure(code), {.is_idempotent = true}) == 1);
    CHECK(world.clock.slept() == 0ms);
  }
}

TEST_CASE("waits double from one second up to 32, with jitter of at most one second") {
  RetryWorld world;
  Retry retry({.is_idempotent = true, .tries = 10}, world.clock, world.random);
  for (const auto base : {1s, 2s, 4s, 8s, 16s, 32s, 32s}) {
    const milliseconds before = world.clock.slept();
    REQUIRE(retry.next(failure(Code::unreachable), Stop()));
    const milliseconds waited = world.clock.slept() - before;
    CHECK(waited >= base);
    CHECK(waited <= std::min<milliseconds>(base + 1s, 32s));
  }
}

TEST_CASE("a wait the provider asked for is kept") {
  RetryWorld world;
  CHECK(world.calls(failure(Code::throttled, 100s), {.tries = 3}) == 3);
  CHECK(world.clock.slept() == 200s);
}

TEST_CASE("a provider that asks for too much patience is not waited for") {
  RetryWorld world;
  Error last;
  CHECK(world.calls(failure(Code::throttled, 301s), {}, &last) == 1);
  CHECK(last.code == Code::try_later);
  CHECK(last.retry_after == 301s);
  CHECK(world.clock.slept() == 0ms);
}

TEST_CASE("a stop ends the waiting") {
  RetryWorld world;
  std::stop_source source;
  source.request_stop();
  int count = 0;
  const auto result =
      with_retries(Retry({}, world.clock, world.random), Stop(source.get_token()), [&]() -> Result<int> {
        ++count;
        return failure(Code::unreachable);
      });
  CHECK(count == 1);
  CHECK(result.error().code == Code::interrupted);
}

TEST_CASE("a call that succeeds in the end returns its value") {
  RetryWorld world;
  int count = 0;
  const auto result = with_retries(Retry({}, world.clock, world.random), Stop(), [&]() -> Result<int> {
    if (++count < 3) return failure(Code::unreachable);
    return 42;
  });
  CHECK(result.value() == 42);
}

TEST_CASE("who may not wait beyond a time hears the failure itself, before the wait that would") {
  RetryWorld world;
  int count = 0;
  const Stop stop = Stop().retrying_until(world.clock.monotonic() + 5s);
  const auto result = with_retries(Retry({}, world.clock, world.random), stop, [&]() -> Result<int> {
    ++count;
    return failure(Code::unreachable);
  });
  CHECK(result.error().code == Code::unreachable);
  CHECK(count == 3);  // after waits of 1 to 2 and 2 to 3 seconds; the next is at least 4
}
