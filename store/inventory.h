// Inventory (core/ports/inventory.h states its contract) over mail.db. The Database and Messages must outlive
// it.
#pragma once

#include "core/ports/inventory.h"
#include "store/database.h"
#include "store/messages.h"

namespace mailmgr::store {

class SqliteInventory final : public Inventory {
 public:
  SqliteInventory(Database& db, Messages& messages) : db_(db), messages_(messages) {}

  Status each(AccountId account, const std::function<bool(const LocalMessage&)>& sink) override;
  Result<std::optional<LocalMessage>> find(AccountId account, const RemoteId& id) override;
  Result<std::optional<std::string>> content_hash(MessageId id) override;
  Result<std::vector<std::string>> problems() override;
  Status reindex(const MessageParser& parse, const std::function<bool()>& go_on) override;

 private:
  Database& db_;
  Messages& messages_;
};

}  // namespace mailmgr::store
