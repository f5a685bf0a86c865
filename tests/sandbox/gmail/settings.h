// A user's settings: send-as addresses, filters and the single documents (vacation, imap, pop, language,
// autoForwarding). Documents are kept as JSON text; they have no effect on mail.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace mailmgr::sandbox::gmail {

struct SendAs {
  std::string email;
  std::string display_name;
  std::string reply_to;
  std::string signature;
  bool primary = false;
  bool is_default = false;
  bool pending = false;  // its owner has not confirmed it: nothing is sent from it
};

struct Settings {
  explicit Settings(const std::string& email);

  // nullptr if there is no such address; case does not matter.
  SendAs* send_as(std::string_view email);
  const SendAs* send_as(std::string_view email) const;
  const SendAs& primary() const { return aliases.front(); }

  std::vector<SendAs> aliases;                   // the primary first
  std::map<std::string, std::string> documents;  // "vacation" → JSON
  std::map<std::string, std::string> filters;    // id → JSON without the id
  std::map<std::string, bool> forwarding;        // addresses that filters may pass mail on to → confirmed
  unsigned filters_created = 0;
};

}  // namespace mailmgr::sandbox::gmail
