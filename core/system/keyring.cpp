#include "core/system/keyring.h"

#include "core/system/key_text.h"
#include "core/system/secret_service.h"

namespace mailmgr {
namespace {

constexpr const char* kAsking = "reading the key from the keyring";

Error no_entry() {
  return {
      Code::config, std::string(kAsking) + ": it holds none for this home",
      "open the keyring it was stored in; a lost key comes back from a backup; without it: mailmgr key destroy, then "
      "log in again"};
}

}  // namespace

Result<Secret> Keyring::load() {
  const auto text = lookup_in_keyring(entry_);
  if (!text) return text.error().within(kAsking);
  return *text ? key_from_text(**text, "", kAsking) : no_entry();
}

Result<Secret> Keyring::load_or_create() {
  const auto text = lookup_in_keyring(entry_);
  if (!text) return text.error().within(kAsking);
  if (*text) return key_from_text(**text, "", kAsking);
  std::string bytes = random_.bytes(kKeySize);
  Secret key = Secret::take(bytes);
  if (const Status stored = replace(key); !stored) return stored.error();
  return key;
}

std::string Keyring::place() const {
  return "keyring entry " + entry_;
}

Status Keyring::replace(const Secret& key) {
  constexpr const char* kStoring = "storing the key in the keyring";
  const Status stored = store_in_keyring(entry_, key_as_text(key));
  if (!stored) return stored.error().within(kStoring);
  // Some services say yes and keep nothing.
  const auto text = lookup_in_keyring(entry_);
  if (!text) return text.error().within(kStoring);
  const auto read_back = *text ? key_from_text(**text, "", kStoring) : no_entry();
  if (read_back && *read_back == key) return {};
  return Error{Code::config, std::string(kStoring) + ": what was written could not be read back",
               "choose another source: mailmgr key set-source file"};
}

Status Keyring::remove() {
  const Status cleared = clear_in_keyring(entry_);
  return cleared ? cleared : cleared.error().within("removing the key from the keyring");
}

}  // namespace mailmgr
