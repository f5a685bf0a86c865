// measure RUNS COMMAND…: runs a command so many times, with its output thrown away, and prints one line:
//   wall_ms (median)  cpu_ms (median)  peak_rss_mb (largest)  exit codes other than 0
// Memory is what the kernel counted for the process (getrusage), time is the monotonic clock around it.
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

double milliseconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  const int runs = argc > 2 ? std::atoi(argv[1]) : 0;
  if (runs < 1) {
    std::fprintf(stderr, "usage: measure RUNS COMMAND...\n");
    return 2;
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);

  std::vector<double> wall, cpu;
  long peak_kb = 0;
  int failures = 0;
  for (int run = 0; run < runs; ++run) {
    const auto start = std::chrono::steady_clock::now();
    pid_t child = 0;
    if (::posix_spawnp(&child, argv[2], &actions, nullptr, argv + 2, environ) != 0) return 2;
    int status = 0;
    rusage usage{};
    ::wait4(child, &status, 0, &usage);
    wall.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
    cpu.push_back(milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime));
    peak_kb = std::max(peak_kb, usage.ru_maxrss);
    failures += !(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  std::printf("%.1f %.1f %.1f %d\n", median(wall), median(cpu), static_cast<double>(peak_kb) / 1024, failures);
  return failures == 0 ? 0 : 1;
}
