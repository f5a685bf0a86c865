// MessageReader (core/ports/message_reader.h states its contract) over mail.db. The Database and Messages must outlive
// it.
#pragma once

#include "core/ports/message_reader.h"
#include "store/database.h"
#include "store/hidden.h"
#include "store/hits.h"
#include "store/messages.h"

namespace mailmgr::store {

class SqliteMessageReader final : public MessageReader {
 public:
  SqliteMessageReader(Database& db, Messages& messages, const Hidden& hidden)
      : db_(db), messages_(messages), hidden_(hidden) {}

  Status search(const query::Query& query, const Selection& selection, const std::vector<AccountName>& names,
                const std::function<bool(const MessageRow&)>& sink) override;
  Result<Explanation> explain(const query::Query& query, const Selection& selection,
                              const std::vector<AccountName>& names) override;
  Status search_threads(const query::Query& query, const Selection& selection, const std::vector<AccountName>& names,
                        const std::function<bool(const ThreadRow&)>& sink) override;
  Result<std::optional<MessageRow>> find(MessageId id) override;
  Result<std::vector<MessageRow>> thread(AccountId account, const ThreadId& thread) override;
  Result<Blob> raw(MessageId id) override;
  Result<std::vector<FolderRow>> folders() override;
  Result<bool> knows_place(std::string_view name, const std::vector<AccountId>& accounts) override;
  Result<std::uint64_t> count(AccountId account) override;
  Result<std::uint64_t> unread(AccountId account) override;

 private:
  std::optional<MessageRow> load(std::int64_t id);
  void load_folders(MessageRow& row);
  std::optional<Hit> place_of(std::optional<MessageId> id);
  std::optional<ThreadRow> load_thread(const MessageRow& latest, const CompiledQuery& shown);
  bool shown_before(const MessageRow& row, const CompiledQuery& query, Hit before);

  Database& db_;
  Messages& messages_;
  const Hidden& hidden_;
};

}  // namespace mailmgr::store
