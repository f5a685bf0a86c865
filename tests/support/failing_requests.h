// Faults of the sandbox (tests/sandbox/faults.h) for tests of what ends well all the same.
#pragma once

namespace mailmgr::test {

// More than every third request to a provider's API goes wrong: throttled, refused by the server's load, cut off
// before or after it was done, or answered by half.
inline constexpr const char* kEveryThirdFails = R"([
  {"match":{"path":"gmail/v1|v1.0","every":12},"action":{"status":429,"headers":{"Retry-After":"3"}}},
  {"match":{"path":"gmail/v1|v1.0","every":11},"action":{"status":503}},
  {"match":{"path":"gmail/v1|v1.0","every":10},"action":"reset_after"},
  {"match":{"path":"gmail/v1|v1.0","every":13},"action":"reset_before"},
  {"match":{"path":"gmail/v1|v1.0","every":14},"action":"truncate"}])";

// How much of what was asked for was done the first time.
struct FirstGoes {
  int asked = 0, done = 0;
};

}  // namespace mailmgr::test
