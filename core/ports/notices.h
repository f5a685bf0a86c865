// What a person was last told about an account, so that cron says the same trouble once a day and not every five
// minutes. Errors are Code::store.
#pragma once

#include <optional>
#include <string>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/time.h"

namespace mailmgr {

struct Notice {
  std::string trouble;  // the name of an exit class; empty: all is well
  Time told{};
};

class Notices {
 public:
  virtual ~Notices() = default;
  virtual Result<std::optional<Notice>> last(AccountId account) = 0;
  virtual Status tell(AccountId account, const Notice& notice) = 0;
};

}  // namespace mailmgr
