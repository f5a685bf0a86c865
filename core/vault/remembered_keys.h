// Keys that are asked for once, however many threads of one run want them: a source may run a program that asks a
// person.
#pragma once

#include <mutex>
#include <optional>

#include "core/ports/keys.h"

namespace mailmgr {

class RememberedKeys final : public Keys {
 public:
  explicit RememberedKeys(Keys& inner) : inner_(inner) {}

  Result<Secret> load() override { return remember(&Keys::load); }
  Result<Secret> load_or_create() override { return remember(&Keys::load_or_create); }

 private:
  Result<Secret> remember(Result<Secret> (Keys::*ask)()) {
    const std::lock_guard lock(mutex_);
    if (key_) return *key_;
    auto key = (inner_.*ask)();
    if (key) key_ = *key;
    return key;
  }

  Keys& inner_;
  std::mutex mutex_;
  std::optional<Secret> key_;
};

}  // namespace mailmgr
