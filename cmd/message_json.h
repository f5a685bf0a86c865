// Messages, threads and folders as the JSON objects of the command-line contract.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "cmd/output/listing.h"
#include "core/mail/message.h"
#include "core/ports/message_reader.h"

namespace mailmgr {

class AccountNames {
 public:
  explicit AccountNames(const std::vector<AccountRecord>& accounts);
  std::string name(AccountId id) const;
  const std::vector<AccountName>& all() const { return names_; }

 private:
  std::vector<AccountName> names_;
};

nlohmann::ordered_json to_json(const MessageRow& row, const AccountNames& names);
// With what its bytes tell, as `show` has it.
nlohmann::ordered_json to_json(const MessageRow& row, const ParsedMessage& parsed, const AccountNames& names);
nlohmann::ordered_json to_json(const ThreadRow& row, const AccountNames& names);
nlohmann::ordered_json to_json(const FolderRow& row, const AccountNames& names);
nlohmann::ordered_json to_json(const Address& address);
nlohmann::ordered_json to_json(const std::vector<Address>& addresses);
nlohmann::ordered_json to_json(const std::vector<Attachment>& attachments);
nlohmann::ordered_json headers_json(const std::vector<std::pair<std::string, std::string>>& headers);

// The columns of message and thread lists, and the keys --fields may name besides.
std::vector<output::Column> message_columns(bool several_accounts);
std::vector<std::string> message_keys();
std::vector<output::Column> thread_columns(bool several_accounts);

}  // namespace mailmgr
