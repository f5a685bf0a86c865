#include "store/statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "core/base/encoding.h"
#include "store/folder_table.h"
#include "store/marks.h"
#include "store/people.h"
#include "store/search_sql.h"

namespace mailmgr::store {
namespace {

constexpr std::uint64_t kRowsBetweenLooks = 1000;  // at the Stop

struct Sums {
  std::uint64_t messages = 0, bytes = 0, unread = 0, received = 0;
  std::vector<std::uint32_t> answers;  // seconds

  // The value below which `percent` of the answers are, by nearest rank.
  std::optional<std::chrono::seconds> rank(std::size_t percent) {
    if (answers.empty()) return std::nullopt;
    const auto at = answers.begin() + static_cast<std::ptrdiff_t>((answers.size() * percent + 99) / 100 - 1);
    std::nth_element(answers.begin(), at, answers.end());
    return std::chrono::seconds(*at);
  }

  Tally tally() { return {messages, bytes, unread, received, answers.size(), rank(50), rank(90)}; }
};

struct Counted {
  std::int64_t received = 0, flags = 0, size = 0;
  bool is_received = true;
  std::optional<std::uint32_t> answer;
};

void add(const Counted& message, Sums& sums) {
  ++sums.messages;
  sums.bytes += static_cast<std::uint64_t>(message.size);
  sums.unread += (message.flags & kUnread) != 0 ? 1 : 0;
  sums.received += message.is_received ? 1 : 0;
  if (message.is_received && message.answer) sums.answers.push_back(*message.answer);
}

// What was sent, and what was answered by it. Only threads with something sent are looked at, each once.
class Answers {
 public:
  Answers(Database& db, const std::vector<StoredFolder>& folders) {
    std::string rows;
    for (const auto& stored : folders) {
      if (stored.folder.role == Role::sent) rows += fmt::format("{}{}", rows.empty() ? "" : ",", stored.row);
    }
    if (rows.empty()) return;
    auto sent = db.sql_once(fmt::format(
        "SELECT b.message, m.thread, m.account FROM membership b CROSS JOIN message m ON m.id = b.message WHERE "
        "b.folder IN ({}) AND b.received >= 0 AND m.flags & {} = 0 ORDER BY m.account, m.thread",
        rows, kDraft));
    std::string thread;
    std::int64_t account = 0;
    // All that was sent is known before any thread is looked at.
    std::vector<std::pair<std::int64_t, std::string>> threads;
    while (sent.step()) {
      sent_.insert(sent.integer(0));
      auto next = sent.text(1);
      if (next.empty() || (next == thread && sent.integer(2) == account)) continue;
      thread = std::move(next);
      account = sent.integer(2);
      threads.emplace_back(account, thread);
    }
    for (const auto& [of, name] : threads) walk(db, of, name);
  }

  bool is_sent(std::int64_t message) const { return sent_.contains(message); }
  std::optional<std::uint32_t> answer_to(std::int64_t message) const {
    const auto found = seconds_.find(message);
    return found == seconds_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  // From the newest message back: what was sent last before is what answered.
  void walk(Database& db, std::int64_t account, const std::string& thread) {
    // Left to itself SQLite walks along the whole account, whose index has the order.
    auto message = db.sql(
        "SELECT id, received, flags FROM message INDEXED BY message_by_thread WHERE thread = ? AND account = ? AND "
        "stored > 0"
        " ORDER BY received DESC, id DESC");
    message.bind(thread, account);
    std::optional<std::int64_t> answered;
    while (message.step()) {
      const auto id = message.integer(0);
      const auto received = message.integer(1);
      if ((message.integer(2) & kDraft) != 0) continue;
      if (is_sent(id)) {
        answered = received;
      } else if (answered) {
        seconds_[id] =
            static_cast<std::uint32_t>(std::clamp<std::int64_t>((*answered - received) / 1000, 0, UINT32_MAX));
      }
    }
  }

  std::unordered_set<std::int64_t> sent_;
  std::unordered_map<std::int64_t, std::uint32_t> seconds_;
};

std::string domain_of(const std::string& email) {
  const auto at = email.rfind('@');
  return at == std::string::npos ? std::string() : email.substr(at + 1);
}

// "2026-01". Local time is asked for once for every quarter of an hour: no zone changes in between.
class Months {
 public:
  const std::string& of(std::int64_t received) {
    constexpr std::int64_t kQuarter = 15 * 60 * 1000;
    const auto quarter = received / kQuarter;
    auto& month = known_[quarter];
    if (month.empty()) month = to_local_date(from_unix_millis(quarter * kQuarter), false).substr(0, 7);
    return month;
  }

 private:
  std::unordered_map<std::int64_t, std::string> known_;
};

class Summing {
 public:
  Summing(Database& db, const std::set<Dimension>& by) : db_(db), by_(by), folders_(read_folders(db, std::nullopt)) {
    answers_.emplace(db, folders_);
    for (const auto& stored : folders_) {
      const auto word = to_string(stored.folder.role);
      const bool shown = stored.folder.kind != Folder::Kind::system;
      if (shown)
        names_[stored.row] =
            word.empty() || stored.folder.kind == Folder::Kind::label ? stored.folder.path : std::string(word);
      if (stored.folder.kind == Folder::Kind::folder) filing_.insert(stored.row);
    }
  }

  bool wants(Dimension dimension) const { return by_.contains(dimension); }
  bool wants_people() const { return wants(Dimension::sender) || wants(Dimension::domain); }

  // Columns: id, received, flags, size, people.
  void take(const Sql& row) {
    const auto id = row.integer(0);
    Counted message{row.integer(1), row.integer(2), row.integer(3), true, answers_->answer_to(id)};
    message.is_received = (message.flags & kDraft) == 0 && !answers_->is_sent(id);
    add(message, total_);
    if (wants(Dimension::month)) add(message, named_[Dimension::month][months_.of(message.received)]);
    if (wants_people() && message.is_received) add(message, by_sender_[sender(row.bytes(4))]);
    if (wants(Dimension::folder)) take_folders(id, message);
  }

  Statistics finish(std::optional<std::size_t> limit) {
    Statistics result;
    result.total = total_.tally();
    for (auto& [address, sums] : by_sender_) {
      const auto email = email_of(address);
      if (wants(Dimension::domain)) merge(sums, named_[Dimension::domain][domain_of(email)]);
      if (wants(Dimension::sender)) merge(sums, named_[Dimension::sender][email]);
    }
    for (const auto dimension : by_) result.rows[dimension] = rows(dimension, limit, result.keys[dimension]);
    return result;
  }

 private:
  static std::int64_t sender(std::string_view people) {
    for (const auto& [kind, address] : decode_people(people)) {
      if (kind == PersonKind::from) return address;
    }
    return 0;
  }

  std::string email_of(std::int64_t address) {
    auto row = db_.sql("SELECT email FROM address WHERE id = ?");
    return row.bind(address).step() ? to_lower_ascii(row.text(0)) : std::string();
  }

  void take_folders(std::int64_t id, const Counted& message) {
    auto& sums = named_[Dimension::folder];
    auto row = db_.sql("SELECT folder FROM membership WHERE message = ?");
    row.bind(id);
    bool filed = false;
    std::vector<const std::string*> seen;
    while (row.step()) {
      const auto folder = row.integer(0);
      filed = filed || filing_.contains(folder);
      const auto name = names_.find(folder);
      if (name == names_.end()) continue;
      // A folder and a label of the same name are one row, and a message in both is one message.
      const bool again =
          std::any_of(seen.begin(), seen.end(), [&](const auto* other) { return *other == name->second; });
      if (again) continue;
      seen.push_back(&name->second);
      add(message, sums[name->second]);
    }
    if (!filed) add(message, sums["archive"]);
  }

  static void merge(const Sums& from, Sums& into) {
    into.messages += from.messages;
    into.bytes += from.bytes;
    into.unread += from.unread;
    into.received += from.received;
    into.answers.insert(into.answers.end(), from.answers.begin(), from.answers.end());
  }

  std::vector<TallyRow> rows(Dimension dimension, std::optional<std::size_t> limit, std::size_t& keys) {
    auto& sums = named_[dimension];
    std::vector<std::pair<const std::string*, Sums*>> order;
    for (auto& [key, sum] : sums) order.emplace_back(&key, &sum);
    keys = order.size();
    const bool months = dimension == Dimension::month;
    std::sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
      if (months || a.second->messages == b.second->messages) return months ? *a.first > *b.first : *a.first < *b.first;
      return a.second->messages > b.second->messages;
    });
    if (limit && order.size() > *limit) order.resize(*limit);
    if (months) std::reverse(order.begin(), order.end());
    std::vector<TallyRow> result;
    for (const auto& [key, sum] : order) result.push_back({*key, sum->tally()});
    return result;
  }

  Database& db_;
  const std::set<Dimension>& by_;
  std::vector<StoredFolder> folders_;
  std::optional<Answers> answers_;
  std::unordered_map<std::int64_t, std::string> names_;  // of folders that are shown, by row
  std::unordered_set<std::int64_t> filing_;              // rows of folders, not labels
  Months months_;
  Sums total_;
  std::unordered_map<std::int64_t, Sums> by_sender_;  // by the address's row; names differ where addresses do not
  std::map<Dimension, std::unordered_map<std::string, Sums>> named_;
};

std::string select_text(const CompiledQuery& query, bool people) {
  // Without people the index by date has all that is needed, unless the query asks for more; with them, the rows as
  // they lie are read faster than in any order.
  std::string text =
      fmt::format("SELECT m.id, m.received, m.flags, m.size, {} WHERE m.stored > 0",
                  people ? "m.people FROM message m NOT INDEXED" : "NULL FROM message m INDEXED BY message_by_date");
  for (const auto& filter : query.filters) text += " AND " + filter;
  if (query.match != 0) {
    text += fmt::format(" AND +m.position IN (SELECT rowid FROM search WHERE search MATCH ?{})", query.match);
  }
  return text;
}

}  // namespace

Result<Statistics> SqliteStatistics::sum(const StatisticsRequest& request, const std::vector<AccountName>& names,
                                         const Stop& stop) {
  return db_.read("summing up the mail", [&] {
    Selection selection;
    selection.accounts = request.accounts;
    selection.without = hidden_.accounts;
    const auto query = QueryCompiler(db_, names).compile(request.query, selection);
    Summing summing(db_, request.by);
    auto row = db_.sql_once(select_text(query, summing.wants_people()));
    bind_parameters(row, query.parameters);
    for (std::uint64_t count = 0; row.step(); ++count) {
      if (count % kRowsBetweenLooks == 0 && stop.interrupted()) throw Failure(Stop::error());
      summing.take(row);
    }
    // Those whose notes have the query's words stand apart (CompiledQuery::noted).
    auto noted = db_.sql("SELECT id, received, flags, size, people FROM message WHERE id = ? AND stored > 0");
    for (const auto& hit : query.noted) {
      noted.again();
      if (noted.bind(hit.message).step()) summing.take(noted);
    }
    return summing.finish(request.limit);
  });
}

}  // namespace mailmgr::store
