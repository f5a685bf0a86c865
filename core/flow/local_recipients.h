// Mail for names of this machine ("root", "cron@localhost"): who is to get it, since a mailbox elsewhere is all there
// is.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/mail/alias_file.h"

namespace mailmgr {

struct LocalWorld {
  const AliasFile& aliases;
  std::vector<Address> postmaster;  // who gets what is for names without an alias; may be empty, or names itself
};

struct LocalRecipients {
  std::vector<Address> recipients;  // those that were given, with who is meant in place of names; each once
  std::map<std::string, std::vector<Address>, std::less<>> names;  // for FinishOptions::local_names
  std::vector<std::string> warnings;                               // what of the aliases was passed over
};

// No recipients are left where every alias says /dev/null. Code::not_found: a name that nobody gets the mail of.
Result<LocalRecipients> find_local_recipients(const std::vector<Address>& given, const LocalWorld& world);

}  // namespace mailmgr
