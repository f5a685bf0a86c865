#include "core/flow/local_recipients.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/encoding.h"

namespace mailmgr {
namespace {

void add_recipient(std::vector<Address>& list, const Address& address) {
  const bool there = std::any_of(list.begin(), list.end(), [&](const Address& known) {
    return equals_ignoring_ascii_case(known.email, address.email);
  });
  if (!there) list.push_back(address);
}

Error nobody(const std::string& name) {
  return {Code::not_found,
          fmt::format("sending to \"{}\": this is a name of this machine, and no alias says who gets it",
                      to_valid_utf8(name)),
          "a line in /etc/aliases, for instance \"root: ada@example.org\", or postmaster_to = \"ada@example.org\" in "
          "config.toml"};
}

// A postmaster who is a name of this machine is whom the aliases say, if anybody.
std::vector<Address> reachable(const std::vector<Address>& people, const AliasFile& aliases) {
  std::vector<Address> reached;
  for (const auto& person : people) {
    if (!is_local_address(person.email)) {
      add_recipient(reached, person);
      continue;
    }
    const auto meaning = aliases.resolve(person.email.substr(0, person.email.find('@')));
    for (const auto& email : meaning.emails) add_recipient(reached, {person.name, email});
  }
  return reached;
}

// Who gets the mail of one name.
Result<std::vector<Address>> meant_by(const std::string& email, const LocalWorld& world,
                                      std::vector<std::string>& warnings) {
  const auto name = email.substr(0, email.find('@'));
  const auto meaning = world.aliases.resolve(name);
  std::vector<Address> meant;
  for (const auto& found : meaning.emails) add_recipient(meant, {"", found});
  for (const auto& skipped : meaning.skipped) {
    warnings.push_back(fmt::format("the alias of {} has \"{}\", which is not followed: it is no address", name,
                                   to_valid_utf8(skipped)));
  }
  if (!meaning.local.empty() || (meant.empty() && !meaning.discarded)) {
    for (const auto& address : reachable(world.postmaster, world.aliases)) add_recipient(meant, address);
  }
  if (meant.empty() && !meaning.discarded) return nobody(name);
  return meant;
}

}  // namespace

Result<LocalRecipients> find_local_recipients(const std::vector<Address>& given, const LocalWorld& world) {
  LocalRecipients found;
  for (const auto& recipient : given) {
    const auto& email = recipient.email.empty() ? recipient.name : recipient.email;
    if (!is_local_address(email)) {
      add_recipient(found.recipients, recipient);
      continue;
    }
    const auto key = to_lower_ascii(email);
    if (found.names.contains(key)) continue;
    auto meant = meant_by(key, world, found.warnings);
    if (!meant) return meant.error();
    for (const auto& address : *meant) add_recipient(found.recipients, address);
    found.names.emplace(key, *std::move(meant));
  }
  return found;
}

}  // namespace mailmgr
