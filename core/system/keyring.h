// The key in the desktop's keyring (the Secret Service of freedesktop.org, through libsecret). For sessions only: cron
// and SSH have no bus or a locked keyring. Every call ends within kKeyringPatience, whatever the service does, and
// what was written counts only once it was read back: there are services that lose it silently.
#pragma once

#include <chrono>
#include <string>

#include "core/ports/key_source.h"
#include "core/ports/random.h"

namespace mailmgr {

inline constexpr std::chrono::milliseconds kKeyringPatience = std::chrono::seconds(3);

class Keyring final : public KeySource {
 public:
  // `entry` tells the entries of several homes apart.
  Keyring(std::string entry, Random& random) : entry_(std::move(entry)), random_(random) {}

  // Code::config without a keyring, without the entry, or when mailmgr was built without libsecret.
  Result<Secret> load() override;
  Result<Secret> load_or_create() override;

  std::string place() const override;
  bool is_ours() const override { return true; }
  Status replace(const Secret& key) override;
  Status remove() override;

 private:
  std::string entry_;
  Random& random_;
};

}  // namespace mailmgr
