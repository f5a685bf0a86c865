// Where the key comes from that protects the stored tokens (the key-encryption key, 32 bytes).
#pragma once

#include <cstddef>

#include "core/base/result.h"
#include "core/base/secret.h"

namespace mailmgr {

inline constexpr std::size_t kKeySize = 32;  // bytes

class Keys {
 public:
  virtual ~Keys() = default;
  // The key; Code::config with the exact remedy when it is missing, unreadable or open to others.
  virtual Result<Secret> load() = 0;
  // The key, made and stored first if there is none yet; proves by reading back that it can be loaded again.
  virtual Result<Secret> load_or_create() = 0;
};

}  // namespace mailmgr
