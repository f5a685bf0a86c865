// What an App is made of. Private to app.cpp and connections.cpp: the first has what every command needs, the second
// what reaches providers and keys, so that a program without that (quick_main.cpp) is linked without it.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "cmd/app.h"
#include "core/system/file_leases.h"
#include "core/system/pager.h"
#include "core/system/paths.h"
#include "core/system/system_clock.h"
#include "core/system/system_random.h"
#include "store/store.h"

namespace mailmgr {

struct App::World {
  SystemClock clock;
  SystemRandom random;
  std::optional<Paths> paths;
  std::unique_ptr<store::TokenStore> tokens;
  std::unique_ptr<store::MailStore> mail;
  std::unique_ptr<FileLeases> leases;
  std::optional<std::vector<AccountRecord>> accounts;
  std::unique_ptr<Pager> pager;
  std::optional<std::size_t> paged_columns;  // of the terminal that the pager has
  std::shared_ptr<Reach> reach;              // made by connections.cpp, when it is first asked for
};

}  // namespace mailmgr
