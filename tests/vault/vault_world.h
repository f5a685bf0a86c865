// What a vault borrows, in memory: a key that can be lost or exchanged, and the row a store would keep. (The store room
// has its own tests; this room links none.)
#pragma once

#include <optional>
#include <string>

#include "core/ports/account_stores.h"
#include "core/ports/keys.h"

namespace mailmgr::test {

class MemoryKeys : public Keys {
 public:
  std::optional<Secret> key;
  Secret fresh{std::string(32, 'k')};  // what load_or_create makes
  int loads = 0;

  Result<Secret> load() override {
    ++loads;
    if (!key) return Error{Code::config, "reading the key: there is none", "restore it"};
    return *key;
  }
  Result<Secret> load_or_create() override {
    if (!key) key = fresh;
    return load();
  }
};

class MemoryVaultStore : public VaultStore {
 public:
  VaultRow row{std::string(16, 'u'), ""};
  std::string rival;  // another process saves this just before the first save
  bool writable = true;

  Result<VaultRow> load() override { return row; }
  Result<bool> save_first_key(std::string_view wrapped_key) override {
    if (!writable) return Error{Code::store, "writing tokens.db: disk full", ""};
    if (!rival.empty()) row.wrapped_key = rival;
    if (!row.wrapped_key.empty()) return false;
    row.wrapped_key = wrapped_key;
    return true;
  }
};

}  // namespace mailmgr::test
