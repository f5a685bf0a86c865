#include "store/message_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "store/annotations.h"
#include "store/folder_table.h"
#include "store/search_places.h"

namespace mailmgr::store {
namespace {

// A query can be well formed and still beyond what SQLite's parser takes.
Status say_too_complicated(Status status) {
  if (status || status.error().code != Code::internal) return status;
  const auto& message = status.error().message;
  if (message.find("overflow") == std::string::npos && message.find("too large") == std::string::npos) return status;
  return Error{Code::usage, "searching: the query is too long or nested too deeply", "use fewer words or parentheses"};
}

}  // namespace

Status SqliteMessageReader::search(const query::Query& query, const Selection& selection,
                                   const std::vector<AccountName>& names,
                                   const std::function<bool(const MessageRow&)>& sink) {
  std::optional<Hits> hits;
  Selection shown = selection;
  shown.without = hidden_.accounts;
  auto left = selection.limit.value_or(UINT64_MAX);
  while (left > 0) {
    auto batch = db_.read("searching", [&] {
      if (!hits) {
        hits.emplace(db_, messages_.index(), QueryCompiler(db_, names).compile(query, shown), selection.order,
                     place_of(selection.before), selection.limit);
      }
      return hits->next();
    });
    if (!batch) return say_too_complicated(batch.error());
    if (batch->empty()) return {};
    for (const auto& hit : *batch) {
      auto row = db_.read("searching", [&] { return load(hit.message); });
      if (!row) return row.error();
      if (!*row) continue;  // removed since it was found
      if (!sink(**row) || --left == 0) return {};
    }
  }
  return {};
}

// Where lists show the message that a page ends with; one that is gone meanwhile is a mistake of the caller's.
std::optional<Hit> SqliteMessageReader::place_of(std::optional<MessageId> id) {
  if (!id) return std::nullopt;
  auto row = db_.sql("SELECT received FROM message WHERE id = ? AND stored > 0");
  if (row.bind(*id).step()) return Hit{row.integer(0), id->value};
  throw Failure(
      {Code::not_found, fmt::format("listing what comes before message {}: there is no such message", id->value), ""});
}

std::optional<MessageRow> SqliteMessageReader::load(std::int64_t id) {
  auto found = db_.sql(
      "SELECT m.account, m.remote_id, m.message_id, m.thread, m.date, m.received, m.subject, m.snippet, m.flags, "
      "m.size,"
      " m.damage, m.people, a.note, a.todo, a.due FROM message m LEFT JOIN annotation a ON a.message = m.id"
      " WHERE m.id = ? AND m.stored > 0");
  if (!found.bind(id).step() || hidden_.contains(AccountId(found.integer(0)))) return std::nullopt;
  MessageRow row;
  row.id = MessageId(id);
  row.account = AccountId(found.integer(0));
  row.remote_id = RemoteId(found.text(1));
  row.message_id = found.text(2);
  row.thread = ThreadId(found.text(3));
  row.date = found.maybe_time(4);
  row.received = found.time(5);
  row.subject = found.text(6);
  row.snippet = found.text(7);
  const auto flags = found.integer(8);
  row.unread = (flags & kUnread) != 0;
  row.starred = (flags & kStarred) != 0;
  row.draft = (flags & kDraft) != 0;
  row.has_attachments = (flags & kHasAttachments) != 0;
  row.size = static_cast<std::uint64_t>(found.integer(9));
  row.damage = found.text(10);
  bool has_sender = false;
  for (const auto& [kind, address] : decode_people(found.bytes(11))) {
    if (kind == PersonKind::from && !std::exchange(has_sender, true)) row.from = messages_.people().find(address);
    if (kind == PersonKind::to) row.to.push_back(messages_.people().find(address));
    if (kind == PersonKind::cc) row.cc.push_back(messages_.people().find(address));
  }
  if (!found.is_null(12)) row.note = found.text(12);
  row.todo = found.integer(13) == kOpenTodo;
  if (row.todo) row.todo_due = found.maybe_time(14);
  load_folders(row);
  return row;
}

void SqliteMessageReader::load_folders(MessageRow& row) {
  auto found = db_.sql(
      "SELECT f.kind, f.role, f.path FROM membership b JOIN folder f ON f.id = b.folder WHERE b.message = ?"
      " ORDER BY f.role = 0, f.role, f.path");
  found.bind(row.id);
  while (found.step()) {
    const auto kind = static_cast<Folder::Kind>(found.integer(0));
    const auto word = to_string(static_cast<Role>(found.integer(1)));
    if (kind == Folder::Kind::folder) row.folders.push_back(word.empty() ? found.text(2) : std::string(word));
    if (kind == Folder::Kind::label) row.labels.push_back(found.text(2));
  }
  if (row.folders.empty()) row.folders.emplace_back("archive");
}

Result<std::optional<MessageRow>> SqliteMessageReader::find(MessageId id) {
  return db_.read("reading a message", [&] { return load(id.value); });
}

Result<std::vector<MessageRow>> SqliteMessageReader::thread(AccountId account, const ThreadId& thread) {
  return db_.read("reading a thread", [&] {
    std::vector<std::int64_t> ids;
    auto found = db_.sql(
        "SELECT id FROM message WHERE thread = ? AND thread <> '' AND account = ? AND stored > 0 ORDER BY received, "
        "id");
    found.bind(thread, account);
    while (found.step()) ids.push_back(found.integer(0));
    std::vector<MessageRow> rows;
    for (const auto id : ids) {
      if (auto row = load(id)) rows.push_back(*std::move(row));
    }
    return rows;
  });
}

Result<Blob> SqliteMessageReader::raw(MessageId id) {
  return db_.read("reading a message", [&] {
    auto found = db_.sql("SELECT account FROM message WHERE id = ? AND stored > 0");
    if (!found.bind(id).step() || hidden_.contains(AccountId(found.integer(0)))) {
      throw Failure({Code::not_found, fmt::format("reading message {}: there is no such message", id.value),
                     "mailmgr list shows the messages there are"});
    }
    return messages_.raw().read(RawChunks::Table::messages, id.value);
  });
}

Result<std::vector<FolderRow>> SqliteMessageReader::folders() {
  return db_.read("listing the folders", [&] {
    std::unordered_map<std::int64_t, std::pair<std::int64_t, std::int64_t>> counts;
    // One walk over the membership counts everything; rows of messages that are not stored yet have received = -1.
    auto counted = db_.sql("SELECT folder, count(*), sum(unread) FROM membership WHERE received >= 0 GROUP BY folder");
    while (counted.step()) counts[counted.integer(0)] = {counted.integer(1), counted.integer(2)};
    std::vector<FolderRow> rows;
    for (auto& stored : read_folders(db_, std::nullopt)) {
      if (hidden_.contains(stored.account)) continue;
      const auto [total, unread] = counts[stored.row];
      rows.push_back({stored.account, std::move(stored.folder), static_cast<std::uint64_t>(total),
                      static_cast<std::uint64_t>(unread)});
    }
    return rows;
  });
}

Result<bool> SqliteMessageReader::knows_place(std::string_view name, const std::vector<AccountId>& accounts) {
  if (is_place_of_all(name)) return true;
  return db_.read("looking for a folder", [&] {
    auto folders = read_folders(db_, std::nullopt);
    std::erase_if(folders, [&](const StoredFolder& stored) {
      const bool left_out =
          !accounts.empty() && std::find(accounts.begin(), accounts.end(), stored.account) == accounts.end();
      return left_out || hidden_.contains(stored.account);
    });
    return !places_called(folders, name).empty();
  });
}

Result<std::uint64_t> SqliteMessageReader::count(AccountId account) {
  return db_.read("counting messages", [&] {
    auto row = db_.sql("SELECT messages FROM sync_account WHERE account = ?");
    return static_cast<std::uint64_t>(row.bind(account).step() ? row.integer(0) : 0);
  });
}

Result<std::uint64_t> SqliteMessageReader::unread(AccountId account) {
  return db_.read("counting messages", [&] {
    auto row = db_.sql(
        "SELECT count(*) FROM message m WHERE m.account = ?1 AND m.stored > 0 AND (m.flags & ?2) <> 0 AND NOT EXISTS"
        " (SELECT 1 FROM membership b JOIN folder f ON f.id = b.folder WHERE b.message = m.id AND f.role IN (?3, ?4))");
    row.bind(account, kUnread, static_cast<int>(Role::trash), static_cast<int>(Role::spam)).step();
    return static_cast<std::uint64_t>(row.integer(0));
  });
}

}  // namespace mailmgr::store
