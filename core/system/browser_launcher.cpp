#include "core/system/browser_launcher.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>

#include <algorithm>
#include <csignal>
#include <system_error>
#include <vector>

extern char** environ;  // NOLINT: POSIX declares it nowhere

namespace mailmgr {
namespace {

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (end > 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

// The URL never starts with '-' (it was parsed), so it cannot be taken for an option.
std::vector<std::string> arguments(std::string_view command, const std::string& url) {
  auto words = split(command, ' ');
  bool is_placed = false;
  for (auto& word : words) {
    const std::size_t place = word.find("%s");
    if (place == std::string::npos) continue;
    word.replace(place, 2, url);
    is_placed = true;
  }
  if (!is_placed) words.push_back(url);
  return words;
}

// With stdio on /dev/null and in a session of its own, so that a terminal browser cannot take the terminal and Ctrl-C
// ends mailmgr alone. 0 or an errno.
int start(std::vector<std::string> words) {
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const int fd : {0, 1, 2}) posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t signals;
  sigemptyset(&signals);
  posix_spawnattr_setsigmask(&attributes, &signals);
  sigaddset(&signals, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &signals);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
  pid_t child = 0;
  const int problem = posix_spawnp(&child, argv[0], &actions, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return problem;
}

std::vector<std::string> candidates(const std::string& command, const EnvironmentLookup& environment) {
  const auto is_set = [&environment](const char* name) {
    const char* value = environment(name);
    return value != nullptr && *value != '\0';
  };
  if (!command.empty()) return {command};
  if (is_set("BROWSER")) return split(environment("BROWSER"), ':');
  if (is_set("WSL_DISTRO_NAME")) return {"wslview"};
#ifdef __APPLE__
  return {"open"};
#endif
  if (is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")) return {"xdg-open"};
  return {};
}

}  // namespace

Status BrowserLauncher::open(const Url& url) {
  if (url.scheme != "https" && !url.is_loopback()) {
    return Error{Code::config, fmt::format("opening {}: only https:// is opened in a browser", url.origin()), ""};
  }
  Error last{Code::config, "opening a browser: there is no display", "open the printed address yourself"};
  for (const auto& command : candidates(command_, environment_)) {
    if (command.find_first_not_of(' ') == std::string::npos) continue;
    const int problem = start(arguments(command, url.str()));
    if (problem == 0) return {};
    last.message = fmt::format("opening a browser with '{}': {}", command, std::generic_category().message(problem));
  }
  return last;
}

}  // namespace mailmgr
