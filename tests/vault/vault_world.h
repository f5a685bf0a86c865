// What a vault borrows, in memory: a key that can be lost or exchanged, and the row a store would keep. (The store room
// has its own tests; this room links none.)
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

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
  VaultRow row{std::string(16, 'u'), "", std::nullopt};
  SealedRows rows;
  std::string rival;                 // another process saves this just before the first save
  std::function<void()> after_load;  // another process, once, when a row was read
  bool writable = true;
  int loads = 0;

  Result<VaultRow> load() override {
    ++loads;
    const VaultRow found = row;
    if (after_load) std::exchange(after_load, nullptr)();
    return found;
  }
  Result<bool> save_key(std::string_view before, std::string_view after) override {
    if (!writable) return Error{Code::store, "writing tokens.db: disk full", ""};
    if (!rival.empty()) row.wrapped_key = std::exchange(rival, "");
    if (row.wrapped_key != before) return false;
    row.wrapped_key = after;
    return true;
  }
  Result<bool> save_key_and_rows(std::string_view before, std::string_view after, Time changed,
                                 const RowWork& work) override {
    SealedRows next = rows;
    if (row.wrapped_key != before) return false;
    if (const Status done = work(next); !done) return done.error();
    if (const auto saved = save_key(before, after); !saved || !*saved) return saved;
    row.changed = changed;
    rows = std::move(next);
    return true;
  }
  Status scrub() override { return {}; }
};

}  // namespace mailmgr::test
