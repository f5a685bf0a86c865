// The providers that an administrator set up for all users of the machine, one file each, and how they and a user's own
// look like one store. A broken file breaks that provider alone.
#pragma once

#include <span>

#include "core/ports/account_stores.h"
#include "core/ports/provider.h"
#include "core/ports/shared_files.h"

namespace mailmgr {

// NAME.json in the shared folder. find() is config, naming file and remedy, for one that cannot be trusted or read.
class SystemProviders final : public ProviderStore {
 public:
  SystemProviders(SharedFiles& files, std::span<const ProviderSpec> specs) : files_(files), specs_(specs) {}

  Status put(const ProviderConfig& config) override;
  Result<std::optional<ProviderConfig>> find(std::string_view name) override;
  Result<std::vector<ProviderConfig>> list() override;  // without the broken ones
  Status remove(std::string_view name) override;

  std::vector<std::string> names();  // broken ones included

 private:
  SharedFiles& files_;
  std::span<const ProviderSpec> specs_;
};

// A user's own providers, then the system's. Writing and removing is about the own ones.
class AllProviders final : public ProviderStore {
 public:
  AllProviders(ProviderStore& own, SystemProviders& shared) : own_(own), shared_(shared) {}

  Status put(const ProviderConfig& config) override { return own_.put(config); }
  Result<std::optional<ProviderConfig>> find(std::string_view name) override;
  Result<std::vector<ProviderConfig>> list() override;
  Status remove(std::string_view name) override { return own_.remove(name); }

  // What is wrong with each of the system's that list() leaves out and no own one of that name replaces.
  Result<std::vector<Error>> broken();

 private:
  ProviderStore& own_;
  SystemProviders& shared_;
};

}  // namespace mailmgr
