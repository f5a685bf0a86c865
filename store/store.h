// The store: mail.db and tokens.db in the data folder (house of everything mailmgr keeps, but for its key). Opening
// makes the folder and the files private, brings an older schema up to date, and refuses a newer one without touching
// it. A MailStore or TokenStore is one connection: one thread uses it, other threads and processes open their own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/ports/account_stores.h"
#include "core/ports/bulk_store.h"
#include "core/ports/change_feed.h"
#include "core/ports/edit_store.h"
#include "core/ports/import_log.h"
#include "core/ports/inventory.h"
#include "core/ports/message_reader.h"
#include "core/ports/notes.h"
#include "core/ports/notices.h"
#include "core/ports/outbox_store.h"
#include "core/ports/run_log.h"
#include "core/ports/saved_searches.h"
#include "core/ports/statistics.h"
#include "core/ports/sync_store.h"
#include "core/ports/writing_store.h"
#include "store/database.h"

namespace mailmgr::store {

class MailStore {
 public:
  // OpenMode::read never writes; a store that does not exist yet reads as empty. Code::config, store, try_later.
  static Result<std::unique_ptr<MailStore>> open(const std::string& data_dir, OpenMode mode);
  ~MailStore();

  SyncStore& sync();
  MessageReader& reader();
  OutboxStore& outbox();
  BulkStore& bulk();
  SuppressionStore& suppressions();
  RunLog& runs();
  ChangeFeed& changes();
  Notices& notices();
  Inventory& inventory();
  TemplateStore& templates();
  SignatureStore& signatures();
  SignatureDefaults& signature_defaults();
  AliasStore& aliases();
  LocalDraftStore& local_drafts();
  ImportLog& imports();
  NoteStore& notes();
  SavedSearches& saved_searches();
  EditStore& edits();
  StatisticsReader& statistics();

  // From now on nothing of these is read through this object: their purge has begun.
  void hide(std::vector<AccountId> accounts);

 private:
  struct Parts;
  explicit MailStore(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

class TokenStore {
 public:
  static Result<std::unique_ptr<TokenStore>> open(const std::string& data_dir, OpenMode mode);
  ~TokenStore();

  ProviderStore& providers();
  GrantStore& grants();
  AccountStore& accounts();
  VaultStore& vault();

 private:
  struct Parts;
  explicit TokenStore(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace mailmgr::store
