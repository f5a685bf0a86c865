#include "store/store.h"

#include "store/bulk_store.h"
#include "store/change_feed.h"
#include "store/edit_store.h"
#include "store/hidden.h"
#include "store/import_log.h"
#include "store/inventory.h"
#include "store/local_draft_store.h"
#include "store/message_reader.h"
#include "store/messages.h"
#include "store/note_store.h"
#include "store/notices.h"
#include "store/outbox_store.h"
#include "store/run_log.h"
#include "store/saved_searches.h"
#include "store/schema.h"
#include "store/statistics.h"
#include "store/sync_store.h"
#include "store/tokens_store.h"
#include "store/writing_store.h"

namespace mailmgr::store {

struct MailStore::Parts {
  explicit Parts(std::unique_ptr<Database> d)
      : db(std::move(d)),
        messages(*db),
        sync(*db, messages),
        reader(*db, messages, hidden),
        outbox(*db, messages.raw(), hidden),
        bulk(*db, outbox),
        suppressions(*db),
        runs(*db, hidden),
        changes(*db, hidden),
        notices(*db),
        inventory(*db, messages),
        templates(*db),
        signatures(*db, hidden),
        signature_defaults(*db),
        aliases(*db),
        imports(*db),
        local_drafts(*db, hidden),
        notes(*db, messages, hidden),
        saved_searches(*db),
        edits(*db, messages, hidden),
        statistics(*db, hidden) {}

  std::unique_ptr<Database> db;
  Hidden hidden;
  Messages messages;
  SqliteSyncStore sync;
  SqliteMessageReader reader;
  SqliteOutboxStore outbox;
  SqliteBulkStore bulk;
  SqliteSuppressionStore suppressions;
  SqliteRunLog runs;
  SqliteChangeFeed changes;
  SqliteNotices notices;
  SqliteInventory inventory;
  SqliteTemplateStore templates;
  SqliteSignatureStore signatures;
  SqliteSignatureDefaults signature_defaults;
  SqliteAliasStore aliases;
  SqliteImportLog imports;
  SqliteLocalDraftStore local_drafts;
  SqliteNoteStore notes;
  SqliteSavedSearches saved_searches;
  SqliteEditStore edits;
  SqliteStatistics statistics;
};

Result<std::unique_ptr<MailStore>> MailStore::open(const std::string& data_dir, OpenMode mode) {
  auto db = Database::open(data_dir, kMailDatabase, mode);
  if (!db) return db.error();
  return std::unique_ptr<MailStore>(new MailStore(std::make_unique<Parts>(*std::move(db))));
}

MailStore::MailStore(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
MailStore::~MailStore() = default;

SyncStore& MailStore::sync() {
  return parts_->sync;
}
MessageReader& MailStore::reader() {
  return parts_->reader;
}
OutboxStore& MailStore::outbox() {
  return parts_->outbox;
}
BulkStore& MailStore::bulk() {
  return parts_->bulk;
}
SuppressionStore& MailStore::suppressions() {
  return parts_->suppressions;
}
RunLog& MailStore::runs() {
  return parts_->runs;
}
ChangeFeed& MailStore::changes() {
  return parts_->changes;
}
Notices& MailStore::notices() {
  return parts_->notices;
}
Inventory& MailStore::inventory() {
  return parts_->inventory;
}
TemplateStore& MailStore::templates() {
  return parts_->templates;
}
SignatureStore& MailStore::signatures() {
  return parts_->signatures;
}
SignatureDefaults& MailStore::signature_defaults() {
  return parts_->signature_defaults;
}
AliasStore& MailStore::aliases() {
  return parts_->aliases;
}
ImportLog& MailStore::imports() {
  return parts_->imports;
}
LocalDraftStore& MailStore::local_drafts() {
  return parts_->local_drafts;
}
NoteStore& MailStore::notes() {
  return parts_->notes;
}
SavedSearches& MailStore::saved_searches() {
  return parts_->saved_searches;
}
EditStore& MailStore::edits() {
  return parts_->edits;
}
StatisticsReader& MailStore::statistics() {
  return parts_->statistics;
}
void MailStore::hide(std::vector<AccountId> accounts) {
  parts_->hidden.accounts = std::move(accounts);
}

struct TokenStore::Parts {
  explicit Parts(std::unique_ptr<Database> d)
      : db(std::move(d)), providers(*db), grants(*db), accounts(*db), vault(*db) {}

  std::unique_ptr<Database> db;
  SqliteProviderStore providers;
  SqliteGrantStore grants;
  SqliteAccountStore accounts;
  SqliteVaultStore vault;
};

Result<std::unique_ptr<TokenStore>> TokenStore::open(const std::string& data_dir, OpenMode mode) {
  auto db = Database::open(data_dir, kTokensDatabase, mode);
  if (!db) return db.error();
  return std::unique_ptr<TokenStore>(new TokenStore(std::make_unique<Parts>(*std::move(db))));
}

TokenStore::TokenStore(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
TokenStore::~TokenStore() = default;

ProviderStore& TokenStore::providers() {
  return parts_->providers;
}
GrantStore& TokenStore::grants() {
  return parts_->grants;
}
AccountStore& TokenStore::accounts() {
  return parts_->accounts;
}
VaultStore& TokenStore::vault() {
  return parts_->vault;
}

}  // namespace mailmgr::store
