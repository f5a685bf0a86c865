// The part of SqliteMessageReader that finds threads.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "store/message_reader.h"

namespace mailmgr::store {
namespace {

constexpr std::size_t kMaxParticipants = 100;

std::string conditions(const CompiledQuery& query) {
  std::string text;
  for (const auto& filter : query.filters) text += " AND " + filter;
  return text;
}

}  // namespace

Status SqliteMessageReader::search_threads(const query::Query& query, const Selection& selection,
                                           const std::vector<AccountName>& names,
                                           const std::function<bool(const ThreadRow&)>& sink) {
  CompiledQuery compiled;
  CompiledQuery visible;  // every message of a thread counts that a query of nothing would show
  std::optional<Hit> before;
  auto prepared = db_.read("searching", [&] {
    QueryCompiler compiler(db_, names);
    compiled = compiler.compile(query, selection);
    query::Query everything;
    everything.reaches_spam = query.reaches_spam;
    everything.reaches_trash = query.reaches_trash;
    visible = compiler.compile(everything, {});
    before = place_of(selection.before);
  });
  if (!prepared) return prepared;

  std::unordered_set<std::string> seen;
  auto left = selection.limit.value_or(UINT64_MAX);
  Status sunk;
  Selection messages = selection;
  messages.limit.reset();
  if (left == 0) return {};
  auto searched = search(query, messages, names, [&](const MessageRow& row) {
    if (!row.thread.value.empty() && !seen.insert(std::to_string(row.account.value) + ":" + row.thread.value).second) {
      return true;
    }
    auto thread = db_.read("searching", [&]() -> std::optional<ThreadRow> {
      // On an earlier page already, under a newer message.
      if (before && shown_before(row, compiled, *before)) return std::nullopt;
      return load_thread(row, visible);
    });
    if (!thread) {
      sunk = thread.error();
      return false;
    }
    return !*thread || (sink(**thread) && --left > 0);
  });
  return sunk ? searched : sunk;
}

bool SqliteMessageReader::shown_before(const MessageRow& row, const CompiledQuery& query, Hit before) {
  if (row.thread.value.empty()) return false;
  if (!query.noted.empty()) {
    std::vector<std::int64_t> ids;
    for (const auto& hit : query.noted) {
      if (!(hit < before)) ids.push_back(hit.message);
    }
    auto noted = db_.sql(
        "SELECT 1 FROM json_each(?) j JOIN message m ON m.id = j.value WHERE m.thread = ? AND m.account = ? LIMIT 1");
    if (noted.bind(fmt::format("[{}]", fmt::join(ids, ",")), row.thread, row.account).step()) return true;
  }
  std::string text =
      "SELECT 1 FROM message m INDEXED BY message_by_thread WHERE m.thread = ?1 AND m.account = ?2 AND m.stored > 0"
      " AND (m.received, m.id) >= (?3, ?4)" +
      conditions(query);
  const auto found = [&] {
    auto newer = db_.sql_once(text + " LIMIT 1");
    bind_parameters(newer, query.parameters);
    newer.bind(row.thread, row.account, before.received, before.message);
    return newer.step();
  };
  // Few threads have newer messages at all; only for those the words are looked up.
  if (!found()) return false;
  if (query.match == 0) return true;
  text += fmt::format(" AND +m.position IN (SELECT rowid FROM search WHERE search MATCH ?{})", query.match);
  return found();
}

std::optional<ThreadRow> SqliteMessageReader::load_thread(const MessageRow& latest, const CompiledQuery& shown) {
  ThreadRow thread{latest.thread,           latest.account, latest.subject,  1,
                   latest.unread ? 1U : 0U, latest.id,      latest.received, {}};
  if (latest.thread.value.empty()) {
    thread.participants.push_back(latest.from);
    return thread;
  }
  thread.count = thread.unread = 0;
  auto row = db_.sql_once(
      "SELECT m.flags, m.people FROM message m INDEXED BY message_by_thread WHERE m.thread = ?1 AND m.account = ?2 AND "
      "m.stored > 0" +
      conditions(shown) + " ORDER BY m.received, m.id");
  bind_parameters(row, shown.parameters);
  row.bind(latest.thread, latest.account);
  while (row.step()) {
    ++thread.count;
    if ((row.integer(0) & kUnread) != 0) ++thread.unread;
    for (const auto& [kind, id] : decode_people(row.bytes(1))) {
      if (kind != PersonKind::from || thread.participants.size() >= kMaxParticipants) continue;
      const auto person = messages_.people().find(id);
      const bool known = std::any_of(thread.participants.begin(), thread.participants.end(),
                                     [&](const Address& other) { return other.email == person.email; });
      if (!known) thread.participants.push_back(person);
    }
  }
  return thread;
}

}  // namespace mailmgr::store
