// EditStore (core/ports/edit_store.h states its contract) over mail.db. The Database and Messages must outlive it.
#pragma once

#include "core/ports/edit_store.h"
#include "store/database.h"
#include "store/enumeration.h"
#include "store/hidden.h"
#include "store/messages.h"
#include "store/queue.h"

namespace mailmgr::store {

class SqliteEditStore final : public EditStore {
 public:
  SqliteEditStore(Database& db, Messages& messages, const Hidden& hidden)
      : db_(db), messages_(messages), queue_(db), enumerations_(db, messages), hidden_(hidden) {}

  Result<std::vector<EditTarget>> targets(std::span<const MessageId> ids) override;
  Status apply(AccountId account, std::span<const AppliedEdit> edits) override;
  Status put_folder(AccountId account, const Folder& folder) override;
  Status drop_folder(AccountId account, const FolderId& folder) override;
  Status unlist_label(AccountId account, const FolderId& label) override;

 private:
  Database& db_;
  Messages& messages_;
  Queue queue_;
  Enumerations enumerations_;
  const Hidden& hidden_;
};

}  // namespace mailmgr::store
