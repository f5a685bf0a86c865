// /etc/aliases as mail servers have it (aliases(5)): who is meant by a local name. Only addresses and names are
// followed: programs, files and lists in files are told, never run, written or read.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/mail/message.h"

namespace mailmgr {

// Who a local name comes to.
struct AliasMeaning {
  std::vector<std::string> emails;   // each once
  std::vector<std::string> local;    // names without an alias of their own, in lower case
  std::vector<std::string> skipped;  // what is none that mail can be sent to: "|program", "/file", ":include:/file"
  bool discarded = false;            // it says /dev/null: nobody is meant
};

class AliasFile {
 public:
  // Nothing is refused: what cannot be understood is in problems(), by line.
  static AliasFile parse(std::string_view text);

  // Chains are followed, in any case of letters, and "ada@localhost" is followed as "ada". A name that is not in the
  // file is local, and so is one that comes to itself again.
  AliasMeaning resolve(std::string_view name) const;
  const std::vector<std::string>& problems() const { return problems_; }

 private:
  void add(std::string_view entry, std::size_t line);
  struct Walk {
    AliasMeaning meaning;
    std::vector<std::string> path;  // names that led here
    std::set<std::string> followed;
  };
  void follow(const std::string& name, Walk& walk) const;

  std::map<std::string, std::vector<std::string>, std::less<>> aliases_;  // by name in lower case
  std::vector<std::string> problems_;
};

// Whether mail for it stays on this machine: a name without '@', or a host that nobody else knows (without a dot, or
// below localdomain).
bool is_local_address(std::string_view email);

// "root, Ada <ada@example.org>" → as parse_addresses, but names without '@' are taken, too.
Result<std::vector<Address>> parse_local_addresses(std::string_view text);

}  // namespace mailmgr
