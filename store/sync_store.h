// SyncStore (core/ports/sync_store.h states its contract) over mail.db. The Database and Messages must outlive it.
#pragma once

#include "core/ports/sync_store.h"
#include "store/database.h"
#include "store/enumeration.h"
#include "store/messages.h"
#include "store/queue.h"
#include "store/succession.h"

namespace mailmgr::store {

class SqliteSyncStore final : public SyncStore {
 public:
  SqliteSyncStore(Database& db, Messages& messages)
      : db_(db), messages_(messages), queue_(db), enumerations_(db, messages), succession_(db, messages) {}

  Result<SyncPosition> position(AccountId account) override;
  Status save_folders(AccountId account, const Folders& folders, Time now) override;
  Status change_scope(AccountId account, std::string_view scope) override;
  Status begin_enumeration(AccountId account, const StreamId& stream, const Cursor& cursor) override;
  Result<PageOutcome> apply_page(AccountId account, const StreamId& stream, const Page& page) override;
  Result<PageOutcome> apply_listing(AccountId account, const StreamId& stream,
                                    std::span<const std::pair<RemoteId, ThreadId>> ids, ListingPass pass,
                                    std::string_view listing) override;
  Status apply_label_listing(AccountId account, const StreamId& stream, const FolderId& label,
                             std::span<const RemoteId> ids, std::string_view listing) override;
  Result<PageOutcome> finish_enumeration(AccountId account, const StreamId& stream,
                                         std::optional<Cursor> rebuild_marks_from, std::optional<Time> since) override;
  Result<std::vector<RemoteId>> next_departed(AccountId account, std::size_t limit) override;
  Result<PageOutcome> settle_departed(AccountId account, std::span<const std::pair<RemoteId, MarksPatch>> found,
                                      std::span<const RemoteId> gone) override;
  Status mark_large(AccountId account, std::span<const RemoteId> ids) override;
  Result<PageOutcome> remove_gone_drafts(AccountId account) override;
  Status reconciling(AccountId account, Time now) override;
  Result<std::vector<Wanted>> next_wanted(AccountId account, std::size_t limit, Time now) override;
  Status prepare(NewMessage& message) const override;
  Status store_messages(AccountId account, std::span<const NewMessage> messages, Time now) override;
  Status postpone(AccountId account, const RemoteId& id, std::string_view error, Time not_before) override;
  Status drop_wanted(AccountId account, std::span<const RemoteId> ids) override;
  Status leave_out(AccountId account, std::span<const RemoteId> ids) override;
  Result<SyncCounts> counts(AccountId account) override;
  Status purge(AccountId account, const MessageParser& parse, const std::function<bool()>& go_on) override;

 private:
  struct PageWork;
  void apply_change(PageWork& work, const Change& change);
  void apply_to_row(PageWork& work, MessageState& state, const Change& change);
  void remove(PageWork& work, const RemoteId& id);

  Database& db_;
  Messages& messages_;
  Queue queue_;
  Enumerations enumerations_;
  Succession succession_;
};

}  // namespace mailmgr::store
