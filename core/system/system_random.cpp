#include "core/system/system_random.h"

#include <sys/random.h>

#include <cerrno>
#include <cstdlib>

namespace mailmgr {

std::string SystemRandom::bytes(std::size_t count) {
  std::string bytes(count, '\0');
  std::size_t done = 0;
  while (done < count) {
    const ssize_t got = getrandom(bytes.data() + done, count - done, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) std::abort();  // no kernel this runs on lacks it; predictable keys would be worse than no program
    done += static_cast<std::size_t>(got);
  }
  return bytes;
}

}  // namespace mailmgr
