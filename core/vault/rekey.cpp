#include "core/vault/rekey.h"

#include "core/vault/wrapped_keys.h"

namespace mailmgr {
namespace {

Status unless_overtaken(const Result<bool>& saved) {
  if (!saved) return saved.error();
  if (*saved) return {};
  return Error{Code::busy, "changing the keys: another process changed them at the same time",
               "run the same command again"};
}

// Seals one value again; false when it does not open as it is.
Result<bool> reseal(SealedValue& value, const DataKey& from, const DataKey& to, Random& random) {
  const auto plain = open_value(from, *value.sealed, value.context);
  if (!plain) return false;
  auto sealed = seal_value(to, random, *plain, value.context);
  if (!sealed) return encryption_failed();
  const auto proof = open_value(to, *sealed, value.context);
  if (!proof || !(*proof == *plain)) return encryption_failed();
  *value.sealed = std::move(*sealed);
  return true;
}

}  // namespace

Result<bool> Rekey::is_used() {
  const auto row = store_.load();
  if (!row) return row.error();
  return !row->wrapped_key.empty();
}

Status Rekey::opens(const Secret& key) {
  const auto row = store_.load();
  if (!row) return row.error();
  const auto data = unwrap(*row, key);
  return data ? Status() : Status(data.error());
}

Status Rekey::add(const Secret& present, const Secret& key) {
  const auto row = store_.load();
  if (!row) return row.error();
  if (unwrap(*row, key)) return {};
  const auto data = unwrap(*row, present);
  if (!data) return data.error();
  // What a killed run left beside the present key's is dropped here, so that wrappings never pile up.
  const auto kept = only_wrappings_of(*row, present);
  if (!kept) return kept.error();
  const auto added = wrap(*data, key, random_);
  if (!added) return added.error();
  return unless_overtaken(store_.save_key(row->wrapped_key, *kept + *added));
}

Status Rekey::keep_only(const Secret& key) {
  const auto row = store_.load();
  if (!row) return row.error();
  const auto kept = only_wrappings_of(*row, key);
  if (!kept) return kept.error();
  if (*kept == row->wrapped_key) return {};
  return unless_overtaken(store_.save_key(row->wrapped_key, *kept));
}

Result<Resealed> Rekey::renew_data_key(const Secret& key, ListSealedValues list, Time now) {
  const auto row = store_.load();
  if (!row) return row.error();
  const auto before = unwrap(*row, key);
  if (!before) return before.error();
  VaultRow next = *row;
  const auto wrapped = wrap(make_data_key(*row, random_), key, random_);
  if (!wrapped) return wrapped.error();
  next.wrapped_key = *wrapped;
  // Sealed with what comes out of the new row, not with what went into it: a proof that it can be had again.
  const auto after = unwrap(next, key);
  if (!after) return after.error();

  Resealed resealed;
  const auto reseal_all = [&](SealedRows& rows) -> Status {
    for (auto& value : list(rows)) {
      if (value.sealed->empty()) continue;
      const auto done = reseal(value, *before, *after, random_);
      if (!done) return done.error();
      if (*done) {
        ++resealed.count;
      } else {
        resealed.unreadable.push_back(std::string(in_words(value.context.kind)) + " of " + value.owner);
      }
    }
    return {};
  };
  const Status saved = unless_overtaken(store_.save_key_and_rows(row->wrapped_key, next.wrapped_key, now, reseal_all));
  if (!saved) return saved.error();
  return resealed;
}

Status Rekey::destroy(const VaultStore::RowWork& work, Time now) {
  const auto row = store_.load();
  if (!row) return row.error();
  return unless_overtaken(store_.save_key_and_rows(row->wrapped_key, "", now, work));
}

}  // namespace mailmgr
