#include "core/flow/identities.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/encoding.h"
#include "core/flow/access.h"
#include "core/flow/accounts.h"
#include "core/oauth/server_text.h"

namespace mailmgr {
namespace {

constexpr std::size_t kMostAliases = 1000;

// One address and nothing else, as it can stand in a header.
bool is_sending_address(const std::string& email) {
  const auto parsed = parse_addresses(email);
  return parsed && parsed->size() == 1 && parsed->front().name.empty() && parsed->front().email == email;
}

const Alias* find_alias(std::span<const Alias> aliases, AccountId account, std::string_view email) {
  const auto found = std::find_if(aliases.begin(), aliases.end(), [&](const Alias& alias) {
    return alias.account == account && equals_ignoring_ascii_case(alias.email, email);
  });
  return found == aliases.end() ? nullptr : &*found;
}

const Alias* primary_alias(std::span<const Alias> aliases, AccountId account) {
  const auto found = std::find_if(aliases.begin(), aliases.end(),
                                  [&](const Alias& alias) { return alias.account == account && alias.is_primary; });
  return found == aliases.end() ? nullptr : &*found;
}

// Whoever has no name of their own is called as the account is: so does Gmail.
std::string name_of(const AccountRecord& account, const Alias* alias, std::span<const Alias> aliases) {
  const bool own = !alias || equals_ignoring_ascii_case(alias->email, account.email);
  if (own && !account.sender_name.empty()) return account.sender_name;
  if (alias && !alias->name.empty()) return alias->name;
  if (!account.sender_name.empty()) return account.sender_name;
  const auto* primary = primary_alias(aliases, account.id);
  return primary ? primary->name : std::string();
}

Error not_confirmed(const AccountRecord& account, const Alias& alias) {
  const std::string again = fmt::format("then mailmgr alias sync {}", account.name);
  if (alias.state == IdentityState::pending) {
    return {Code::refused,
            fmt::format("sending as {}: its owner has not confirmed yet that {} may use it", alias.email, account.name),
            "confirm it by the link in the message that the provider sent there; " + again};
  }
  return {Code::refused,
          fmt::format("sending as {}: whether {} lets mail come from it is not known, and where it does not, the mail "
                      "would come from {}",
                      alias.email, account.provider, account.email),
          fmt::format("if your administrator has allowed it: mailmgr alias sync {} --trust", account.name)};
}

Error nobody_has(std::string_view email, const SenderChoice& choice) {
  if (choice.account) {
    return {Code::refused, fmt::format("sending as {}: that is not an address of {}", email, choice.account->name),
            fmt::format("mailmgr alias sync {}", choice.account->name), std::nullopt, choice.account->name};
  }
  return {Code::refused, fmt::format("sending as {}: no account has that address", email), "mailmgr alias sync"};
}

struct Match {
  const AccountRecord* account;
  const Alias* alias;  // nullptr: the account's own address, of which nothing more is known

  bool usable() const {
    return !alias || alias->state == IdentityState::usable || equals_ignoring_ascii_case(alias->email, account->email);
  }
};

std::vector<Match> matches(std::string_view email, const SenderChoice& choice) {
  std::vector<Match> found;
  for (const auto& account : choice.accounts) {
    if (choice.account ? account.id != choice.account->id : account.state == AccountState::disconnected) continue;
    const auto* alias = find_alias(choice.aliases, account.id, email);
    if (alias || equals_ignoring_ascii_case(account.email, email)) found.push_back({&account, alias});
  }
  return found;
}

Result<Match> only_match(std::string_view email, const SenderChoice& choice) {
  auto found = matches(email, choice);
  if (found.empty()) return nobody_has(email, choice);
  const Match first = found.front();
  std::erase_if(found, [](const Match& match) { return !match.usable(); });
  if (found.empty()) return not_confirmed(*first.account, *first.alias);
  if (found.size() == 1) return found.front();
  std::string names;
  for (const auto& match : found) names += (names.empty() ? "" : ", ") + match.account->name;
  return Error{Code::usage, fmt::format("{} fits several accounts: {}", email, names), "name one with -a"};
}

}  // namespace

Status may_list_identities(const AccountRecord& account, const GrantRecord& grant, const ProviderSpec& spec) {
  return check_any_scope(grant, spec.identity_scopes, "settings", account, "listing the sending addresses");
}

Result<std::vector<Alias>> ask_aliases(const AccountRecord& account, Identities& identities, Unproven unproven,
                                       AliasStore& store, const Stop& stop) {
  const auto told = identities.list(stop);
  if (!told) return unnamed(told.error());
  const auto before = store.list();
  if (!before) return before.error();
  std::vector<Alias> aliases;
  for (const auto& identity : *told) {
    if (aliases.size() == kMostAliases) break;
    const bool repeated = find_alias(aliases, account.id, identity.email) != nullptr;
    if (repeated || !is_sending_address(identity.email)) continue;
    Alias alias{account.id,     identity.email,      server_text(identity.name), {},
                identity.state, identity.is_primary, identity.is_default};
    if (is_sending_address(identity.reply_to)) alias.reply_to = identity.reply_to;
    if (alias.state == IdentityState::unproven) {
      const auto* known = find_alias(*before, account.id, alias.email);
      const bool trusted = known && known->state == IdentityState::usable && unproven == Unproven::keep;
      if (trusted || unproven == Unproven::trust) alias.state = IdentityState::usable;
    }
    aliases.push_back(std::move(alias));
  }
  return aliases;
}

Result<std::vector<Alias>> sync_aliases(const AccountRecord& account, Identities& identities, Unproven unproven,
                                        AliasStore& store, const Stop& stop) {
  auto aliases = ask_aliases(account, identities, unproven, store, stop);
  if (!aliases) return aliases;
  if (const auto saved = store.replace(account.id, *aliases); !saved) return saved.error();
  return aliases;
}

Result<SenderIdentity> choose_sender(const SenderChoice& choice) {
  if (choice.from.empty()) {
    auto account = choice.account ? Result<AccountRecord>(*choice.account)
                                  : default_account({choice.accounts.begin(), choice.accounts.end()});
    if (!account) return account.error();
    const auto* alias = find_alias(choice.aliases, account->id, account->email);
    SenderIdentity sender{*account, {name_of(*account, alias, choice.aliases), account->email}};
    if (alias && !alias->reply_to.empty()) sender.reply_to = alias->reply_to;
    return sender;
  }
  const auto parsed = parse_addresses(choice.from);
  if (!parsed) return parsed.error().within("choosing the sender");
  if (parsed->size() != 1) return Error{Code::usage, "choosing the sender: mail comes from one address"};
  const Address& given = parsed->front();
  const auto match = only_match(given.email, choice);
  if (!match) return match.error();
  const auto& account = *match->account;
  SenderIdentity sender{account, {given.name, match->alias ? match->alias->email : account.email}};
  if (sender.from.name.empty()) sender.from.name = name_of(account, match->alias, choice.aliases);
  if (match->alias && !match->alias->reply_to.empty()) sender.reply_to = match->alias->reply_to;
  return sender;
}

void set_sender(const SenderIdentity& sender, Draft& draft) {
  draft.from = sender.from;
  if (sender.reply_to && draft.reply_to.empty()) draft.reply_to.push_back({"", *sender.reply_to});
}

std::vector<Address> sending_addresses(const AccountRecord& account, std::span<const Alias> aliases) {
  const auto* own = find_alias(aliases, account.id, account.email);
  std::vector<Address> result{{name_of(account, own, aliases), account.email}};
  for (const auto& alias : aliases) {
    if (alias.account != account.id || &alias == own || alias.state != IdentityState::usable) continue;
    result.push_back({name_of(account, &alias, aliases), alias.email});
  }
  return result;
}

}  // namespace mailmgr
