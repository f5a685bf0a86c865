// Every place a key can come from, made from the settings that name it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/ports/key_source.h"
#include "core/ports/random.h"
#include "core/system/paths.h"

namespace mailmgr {

// The name of the systemd credential (systemd.exec(5), LoadCredential=).
inline constexpr const char* kCredentialName = "mailmgr.key";

// Where systemd put the credential; empty when there is none.
std::string credential_file(const EnvironmentLookup& environment);

// `random` must outlive the source.
std::unique_ptr<KeySource> make_key_source(const KeySettings& settings, Random& random,
                                           const EnvironmentLookup& environment = system_environment());

// The source that is configured at the moment of each call, so that a long-running process follows a change.
class ConfiguredKeys final : public Keys {
 public:
  using Find = std::function<Result<std::unique_ptr<KeySource>>()>;

  explicit ConfiguredKeys(Find find) : find_(std::move(find)) {}
  Result<Secret> load() override;
  Result<Secret> load_or_create() override;

 private:
  Find find_;
};

}  // namespace mailmgr
