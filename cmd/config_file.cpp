#include "cmd/config_file.h"

#include <unistd.h>

#include <string_view>

#include "core/base/private_file.h"
#include "core/system/paths.h"
#include "core/system/shared_folder.h"

namespace mailmgr {
namespace {

std::string home_option(const std::vector<std::string>& words) {
  constexpr std::string_view kOption = "--home";
  for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    if (words[i] == kOption && i + 1 < words.size()) return words[i + 1];
    if (words[i].starts_with("--home=")) return words[i].substr(kOption.size() + 1);
  }
  return {};
}

bool exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

}  // namespace

Result<std::string> config_file(const std::vector<std::string>& words) {
  auto paths = Paths::find(home_option(words));
  // Without a home there is no configuration; commands that need one say so.
  if (paths && exists(paths->config_file())) {
    if (auto checked = check_private_file(paths->config_file()); !checked) return checked.error();
    return paths->config_file();
  }
  const std::string shared = system_folder() + "/config.toml";
  if (!exists(shared)) return std::string();
  if (auto checked = check_shared_file(shared); !checked) return checked.error();
  return shared;
}

}  // namespace mailmgr
