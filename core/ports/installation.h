// Where a restored store comes to life: a home's data folder and key file.
#pragma once

#include <string>

#include "core/base/result.h"
#include "core/base/secret.h"

namespace mailmgr {

enum class KeyPlace {
  restored,  // written, as there was none
  present,   // was there already
  other,     // another key is there and stays
};

class Installation {
 public:
  virtual ~Installation() = default;
  // An empty private folder on the store's own disk to prepare databases in. What a killed restore left is removed.
  virtual Result<std::string> prepare() = 0;
  // Never replaces a key.
  virtual Result<KeyPlace> put_key(const Secret& key) = 0;
  // Makes the databases in the prepared folder the home's: all of them, or after a kill none or, with the next command
  // that is run, all.
  virtual Status install() = 0;
};

}  // namespace mailmgr
