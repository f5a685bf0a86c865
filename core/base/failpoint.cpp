#include "core/base/failpoint.h"

#ifdef MAILMGR_FAILPOINTS

#include <signal.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace mailmgr {
namespace {

struct Armed {
  std::size_t index = 0;
  int signal = SIGKILL;
  std::atomic<long> passes_left = 0;
};

// What MAILMGR_FAILPOINT says. A wrong value ends the program: a test with a misspelled name would test nothing.
Armed* armed() {
  static Armed armed;
  const char* value = std::getenv("MAILMGR_FAILPOINT");
  if (!value || !*value) return nullptr;
  const std::string_view text(value);
  const std::size_t colon = text.find(':');
  const auto found = std::find(kFailpoints.begin(), kFailpoints.end(), text.substr(0, colon));
  char* rest = nullptr;
  armed.passes_left = colon == text.npos ? 0 : std::strtol(value + colon + 1, &rest, 10);
  armed.index = static_cast<std::size_t>(found - kFailpoints.begin());
  const std::string_view how = rest ? rest : "";
  if (found == kFailpoints.end() || armed.passes_left < 1 || (!how.empty() && how != ":stop")) {
    std::fprintf(stderr, "MAILMGR_FAILPOINT=%s: not NAME:N or NAME:N:stop\n", value);
    std::abort();
  }
  if (!how.empty()) armed.signal = SIGSTOP;
  return &armed;
}

}  // namespace

void failpoint(Failpoint point) {
  static Armed* const chosen = armed();
  if (chosen && chosen->index == point.index() && --chosen->passes_left == 0) raise(chosen->signal);
}

}  // namespace mailmgr

#endif
