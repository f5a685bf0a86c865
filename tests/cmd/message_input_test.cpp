#include "cmd/message_input.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "core/system/system_clock.h"
#include "tests/support/temp_folder.h"

using namespace mailmgr;

namespace {

// The message, given in pieces of `step` bytes.
std::string collected(const std::string& text, std::size_t step, bool dot_ends = true) {
  MessageCollector collector(dot_ends);
  for (std::size_t at = 0; at < text.size() && !collector.ended(); at += step) {
    REQUIRE(collector.add(std::string_view(text).substr(at, step)));
  }
  return std::move(collector).finish()->bytes().value();
}

}  // namespace

TEST_CASE("a line with a dot alone ends the message, wherever it is cut; other dots do not") {
  for (std::size_t step = 1; step < 12; ++step) {
    CAPTURE(step);
    CHECK(collected("a\n.\nrest\n", step) == "a\n");
    CHECK(collected("a\r\n.\r\nrest\n", step) == "a\r\n");
    CHECK(collected(".\nrest", step).empty());
    CHECK(collected("a\n.", step) == "a\n");
    CHECK(collected("a\n..\n.b\n. \nb.\n.\r", step) == "a\n..\n.b\n. \nb.\n");
    CHECK(collected("a\n.\rb\n", step) == "a\n.\rb\n");
    CHECK(collected("a\n.\nrest\n", step, false) == "a\n.\nrest\n");
    CHECK(collected("", step).empty());
  }
}

TEST_CASE("a message is read from a descriptor to its end, and what cannot be read is an error") {
  const TempFolder folder;
  SystemClock clock;
  const std::string text(300'000, 'x');
  folder.write("message", text);
  const int fd = ::open((folder.path() + "/message").c_str(), O_RDONLY | O_CLOEXEC);
  CHECK(read_message(fd, true, clock, {})->bytes().value() == text);
  ::close(fd);
  const auto closed = read_message(fd, true, clock, {});
  REQUIRE_FALSE(closed);
  CHECK(closed.error().code == Code::store);
  std::stop_source stop;
  stop.request_stop();
  CHECK(read_message(0, true, clock, Stop(stop.get_token())).error().code == Code::interrupted);
}
