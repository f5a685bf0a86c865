#include "core/vault/vault.h"

#include "core/vault/wrapped_keys.h"

namespace mailmgr {
namespace {

std::string set_again(const SealContext& context) {
  const std::string provider_set = "set it again: mailmgr provider set " + context.provider;
  switch (context.kind) {
    case SealKind::client_secret:
      return provider_set + " --client-secret-file FILE";
    case SealKind::private_key:
      return provider_set + ", with its key file";
    default:
      return "log in again: mailmgr login " + context.provider;
  }
}

Error damaged_value(const SealContext& context) {
  return {Code::store,
          "opening the stored " + std::string(in_words(context.kind)) + " of provider " + context.provider +
              ": it is damaged or was sealed for something else",
          set_again(context)};
}

}  // namespace

Status Vault::prepare() {
  const std::lock_guard lock(mutex_);
  const auto key = current(true);
  if (!key) return key.error();
  return {};
}

Status Vault::unlock() {
  const std::lock_guard lock(mutex_);
  const auto key = current(false);
  if (!key) return key.error();
  return {};
}

Result<std::string> Vault::seal(const Secret& value, const SealContext& context) {
  const std::lock_guard lock(mutex_);
  const auto key = current(true);
  if (!key) return key.error();
  auto sealed = seal_value(**key, random_, value, context);
  if (!sealed) return encryption_failed();
  return std::move(*sealed);
}

Result<Secret> Vault::open(std::string_view sealed, const SealContext& context) {
  const std::lock_guard lock(mutex_);
  const auto id = data_key_of(sealed);
  const DataKey* key = id ? known(*id) : nullptr;
  if (!key) {
    const auto now = current(false);
    if (!now) return now.error();
    key = *now;
  }
  auto value = open_value(*key, sealed, context);
  if (!value) return damaged_value(context);
  return std::move(*value);
}

// The stored data key as it is now: one read of a row, and the key only where that row is a new one.
Result<const DataKey*> Vault::current(bool create) {
  auto row = store_.load();
  for (;;) {
    if (!row) return row.error();
    if (!data_keys_.empty() && row->wrapped_key == wrapped_) return &data_keys_.front();
    auto data = obtain(*row, create);
    if (data) {
      data_keys_.remove_if([&](const DataKey& earlier) { return earlier.id == data->id; });
      data_keys_.push_front(std::move(*data));
      wrapped_ = row->wrapped_key;
      return &data_keys_.front();
    }
    // The row and the key are read one after the other: another process may have changed both in between.
    auto again = store_.load();
    if (again && again->wrapped_key == row->wrapped_key) return data.error();
    row = std::move(again);
  }
}

Result<DataKey> Vault::obtain(VaultRow& row, bool create) {
  if (!row.wrapped_key.empty()) {
    // Where a data key is stored already, a missing key must never be replaced by a new one.
    const auto key = keys_.load();
    if (!key) return key.error();
    return unwrap(row, *key);
  }
  return create ? make_first(row) : damaged_data_key();
}

Result<DataKey> Vault::make_first(VaultRow& row) {
  const auto key = keys_.load_or_create();
  if (!key) return key.error();
  DataKey data = make_data_key(row, random_);
  auto wrapped = wrap(data, *key, random_);
  if (!wrapped) return wrapped.error();
  const auto saved = store_.save_key("", *wrapped);
  if (!saved) return saved.error();
  if (*saved) {
    row.wrapped_key = std::move(*wrapped);
    return data;
  }
  auto theirs = store_.load();  // another process was faster: its data key is the one that counts
  if (!theirs) return theirs.error();
  row = *std::move(theirs);
  return unwrap(row, *key);
}

const DataKey* Vault::known(std::string_view id) const {
  for (const auto& data : data_keys_) {
    if (data.id == id) return &data;
  }
  return nullptr;
}

}  // namespace mailmgr
