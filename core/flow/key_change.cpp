#include "core/flow/key_change.h"

#include <chrono>

#include "core/base/encoding.h"
#include "core/oauth/sealed_values.h"
#include "core/vault/wrapped_keys.h"

namespace mailmgr {
namespace {

using namespace std::chrono_literals;

constexpr milliseconds kLeasePatience = 30s;  // longer than a key command may take, twice

Result<std::unique_ptr<Lease>> take_lease(const KeyWorld& world, const Stop& stop) {
  auto lease = world.leases.take("vault", kLeasePatience, stop);
  if (!lease) return lease.error().within("changing the keys");
  return lease;
}

void count(KeyState& state, SealedRows& rows, const DataKey& data) {
  for (const auto& value : sealed_values(rows)) {
    if (value.sealed->empty()) continue;
    if (open_value(data, *value.sealed, value.context)) {
      ++state.sealed;
    } else {
      state.unreadable.push_back(std::string(in_words(value.context.kind)) + " of " + value.owner);
    }
  }
}

// A key that is read twice the same: a command that prints another one each time would lock the store for good.
Result<Secret> proven(KeySource& source) {
  auto key = source.load_or_create();
  if (!key) return key;
  const auto again = source.load();
  if (!again) return again;
  if (*key == *again) return key;
  return Error{Code::config, "reading the key from " + source.place() + " twice: it was not the same",
               "a key must stay as it is"};
}

// Puts a fresh key in the place of the present one, which opens the store until its data key is renewed.
Result<Secret> replace_key(KeySource& source, Rekey& rekey, Random& random) {
  const auto present = source.load();
  if (!present) return present;
  std::string bytes = random.bytes(kKeySize);
  Secret fresh = Secret::take(bytes);
  if (const Status added = rekey.add(*present, fresh); !added) return added.error();
  if (const Status replaced = source.replace(fresh); !replaced) return replaced.error();
  return fresh;
}

// Lets `key` open the store, if there is anything to open yet; whether there is.
Result<bool> admit(const Secret& key, Keys& present, Rekey& rekey) {
  const auto used = rekey.is_used();
  if (!used || !*used || rekey.opens(key)) return used;
  const auto old = present.load();
  if (!old) return old.error();
  if (const Status added = rekey.add(*old, key); !added) return added.error();
  return true;
}

}  // namespace

Result<KeyState> inspect_keys(KeySource& source, const KeyWorld& world, const Stop& stop) {
  const auto lease = take_lease(world, stop);
  if (!lease) return lease.error();
  const auto row = world.vault.load();
  if (!row) return row.error();
  auto providers = world.providers.list();
  if (!providers) return providers.error();
  auto grants = world.grants.list();
  if (!grants) return grants.error();

  KeyState state;
  state.is_used = !row->wrapped_key.empty();
  state.changed = row->changed;
  const auto key = source.load();
  if (!key) {
    if (state.is_used || !source.is_ours()) state.problem = key.error();
    return state;
  }
  if (!state.is_used) return state;
  const auto data = unwrap(*row, *key);
  if (!data) {
    state.problem = data.error();
    return state;
  }
  state.data_key = hex(data->id);
  SealedRows rows{*std::move(providers), *std::move(grants)};
  count(state, rows, *data);
  return state;
}

Result<Rotated> rotate_keys(KeySource& source, const KeyWorld& world, const Stop& stop) {
  const auto lease = take_lease(world, stop);
  if (!lease) return lease.error();
  Rekey rekey(world.vault, world.random);
  const auto used = rekey.is_used();
  if (!used) return used.error();
  Rotated rotated;
  if (!*used) return rotated;
  const auto key = source.is_ours() ? replace_key(source, rekey, world.random) : source.load();
  if (!key) return key.error();
  rotated.key_replaced = source.is_ours();
  auto resealed = rekey.renew_data_key(*key, sealed_values, world.clock.now());
  if (!resealed) return resealed.error();
  rotated.resealed = resealed->count;
  rotated.unreadable = std::move(resealed->unreadable);
  if (const Status scrubbed = world.vault.scrub(); !scrubbed) {
    return scrubbed.error().within("the keys were changed, but");
  }
  return rotated;
}

Status move_key(Keys& present, KeySource& next, const std::function<Status()>& switch_settings, const KeyWorld& world,
                const Stop& stop) {
  const auto lease = take_lease(world, stop);
  if (!lease) return lease.error();
  const auto key = proven(next);
  if (!key) return key.error();
  Rekey rekey(world.vault, world.random);
  if (const auto admitted = admit(*key, present, rekey); !admitted) return admitted.error();
  if (const Status switched = switch_settings(); !switched) return switched;
  // Again, as the very first login may have made the data key in between, with the key that was configured then.
  const auto used = admit(*key, present, rekey);
  if (!used) return used.error();
  if (!*used) return {};
  if (const Status kept = rekey.keep_only(*key); !kept) return kept;
  return world.vault.scrub();
}

Result<std::vector<std::string>> destroy_keys(KeySource& source, const KeyWorld& world, const Stop& stop) {
  const auto lease = take_lease(world, stop);
  if (!lease) return lease.error();
  // The key first: a login that begins in between then finds none, instead of sealing with one that goes.
  if (source.is_ours()) {
    if (const Status removed = source.remove(); !removed) return removed.error();
  }
  std::vector<std::string> need_login;
  const auto forget = [&](SealedRows& rows) -> Status {
    for (const auto& value : sealed_values(rows)) value.sealed->clear();
    for (auto& grant : rows.grants) {
      grant.state = GrantState::needs_login;
      grant.state_reason = "its tokens were destroyed with the key";
      if (!grant.email.empty()) need_login.push_back(grant.email);
    }
    return {};
  };
  const Status destroyed = Rekey(world.vault, world.random).destroy(forget, world.clock.now());
  if (!destroyed) return destroyed.error();
  if (const Status scrubbed = world.vault.scrub(); !scrubbed) return scrubbed.error();
  return need_login;
}

}  // namespace mailmgr
