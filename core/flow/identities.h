// From which addresses an account sends, and as whom a message goes out. What a provider would not honour is refused
// here: Gmail sends from the primary address instead of one it does not know, and says nothing.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/mail/compose.h"
#include "core/ports/account_stores.h"
#include "core/ports/writing_store.h"

namespace mailmgr {

// Whether mail may come from addresses of which the provider does not tell (IdentityState::unproven).
enum class Unproven {
  keep,      // as was decided before; new ones are not sent from
  trust,     // the administrator allows it, says a person
  distrust,  // no
};

// auth_required, with the login that would do, where this one may not list its sending addresses.
Status may_list_identities(const AccountRecord& account, const GrantRecord& grant, const ProviderSpec& spec);

// Asks the provider, and answers what there would be to store of the account. What is no address is left out. Errors
// as Identities::list.
Result<std::vector<Alias>> ask_aliases(const AccountRecord& account, Identities& identities, Unproven unproven,
                                       AliasStore& store, const Stop& stop);

// The same, and replaces what is stored of the account.
Result<std::vector<Alias>> sync_aliases(const AccountRecord& account, Identities& identities, Unproven unproven,
                                        AliasStore& store, const Stop& stop);

struct SenderIdentity {
  AccountRecord account;
  Address from;                              // with the name to show
  std::optional<std::string> reply_to = {};  // where answers go, if not there
};

struct SenderChoice {
  std::span<const AccountRecord> accounts;    // all
  std::span<const Alias> aliases;             // of all (AliasStore::list)
  std::string_view from = {};                 // an address, with or without a name; empty: the account's own
  std::optional<AccountRecord> account = {};  // that was named; nullopt: whichever has the address, or the default one
};

// Errors: usage (not one address; several accounts have it, listed), refused (nobody has it, or it cannot be sent from
// now; the hint says what helps), those of default_account().
Result<SenderIdentity> choose_sender(const SenderChoice& choice);

// `from`, and Reply-To where the identity has one and the draft none.
void set_sender(const SenderIdentity& sender, Draft& draft);

// The account's own address first, then the others it can send from, with their names: for reply.h's choose_identity
// and own_addresses.
std::vector<Address> sending_addresses(const AccountRecord& account, std::span<const Alias> aliases);

}  // namespace mailmgr
