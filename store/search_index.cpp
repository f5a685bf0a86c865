#include "store/search_index.h"

#include <algorithm>

#include "core/mail/text.h"

namespace mailmgr::store {
namespace {

// Per message. Indexing is what storing a message costs most, and what people search for is rarely behind the first
// 64 KiB of text, which logs and forwarded archives exceed.
constexpr std::size_t kMaxBody = std::size_t{64} << 10;
constexpr std::size_t kMaxHeader = std::size_t{16} << 10;

std::uint64_t mix(std::uint64_t x) {  // splitmix64
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

void append_people(std::string& text, const std::vector<Address>& people) {
  for (const auto& person : people) {
    if (text.size() > kMaxHeader) return;
    text.append(person.name).append(" ").append(person.email).append("\n");
  }
}

std::string people_text(const ParsedMessage& parsed) {
  std::string text;
  append_people(text, parsed.from);
  append_people(text, parsed.to);
  append_people(text, parsed.cc);
  append_people(text, parsed.bcc);
  return text;
}

std::string file_names(const ParsedMessage& parsed) {
  std::string text;
  for (const auto& attachment : parsed.attachments) text.append(attachment.name).append("\n");
  return text;
}

}  // namespace

std::string match_phrase(std::string_view text) {
  std::string phrase = "\"";
  for (const char c : for_index(text, kMaxHeader)) {
    if (c == '"') phrase.push_back('"');
    phrase.push_back(c == '\0' ? ' ' : c);
  }
  phrase.push_back('"');
  return phrase;
}

void SearchIndex::add(std::vector<Entry> entries) {
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.received < b.received; });
  std::vector<std::pair<std::int64_t, const Entry*>> placed;
  claimed_.clear();
  std::int64_t drift = 0;
  for (const auto& entry : entries) {
    placed.emplace_back(claim(entry), &entry);
    drift = std::max(drift, placed.back().first - entry.received / 1000);
  }
  db_.sql("UPDATE counter SET value = ?1 WHERE name = 'drift' AND value < ?1").bind(drift).run();
  std::sort(placed.begin(), placed.end());

  const auto rebuilt = rebuilt_up_to();
  auto save = db_.sql("UPDATE message SET position = ? WHERE id = ?");
  for (const auto& [position, entry] : placed) {
    save.bind(position, entry->message).run();
    insert("INSERT INTO search (rowid, subject, people, body, files) VALUES (?, ?, ?, ?, ?)", position, *entry->parsed);
    if (rebuilt && position <= *rebuilt) insert_next(position, *entry->parsed);
  }
  claimed_.clear();
}

std::int64_t SearchIndex::place(const Entry& entry) {
  claimed_.clear();
  const auto position = claim(entry);
  claimed_.clear();
  db_.sql("UPDATE counter SET value = ?1 WHERE name = 'drift' AND value < ?1")
      .bind(position - entry.received / 1000)
      .run();
  db_.sql("UPDATE message SET position = ? WHERE id = ?").bind(position, entry.message).run();
  return position;
}

void SearchIndex::insert_next(std::int64_t position, const ParsedMessage& parsed) {
  insert("INSERT INTO search_next (rowid, subject, people, body, files) VALUES (?, ?, ?, ?, ?)", position, parsed);
}

void SearchIndex::insert(const char* statement, std::int64_t position, const ParsedMessage& parsed) {
  const std::string subject = for_index(parsed.subject, kMaxHeader);
  const std::string people = for_index(people_text(parsed), kMaxHeader);
  const std::string body = for_index(parsed.body_text, kMaxBody);
  const std::string files = for_index(file_names(parsed), kMaxHeader);
  db_.sql(statement)
      .bind(position, BorrowedText{subject}, BorrowedText{people}, BorrowedText{body}, BorrowedText{files})
      .run();
}

std::optional<std::int64_t> SearchIndex::rebuilt_up_to() {
  auto row = db_.sql("SELECT value FROM counter WHERE name = 'rebuilt'");
  return row.step() ? std::optional(row.integer(0)) : std::nullopt;
}

bool SearchIndex::taken(std::int64_t position) {
  if (std::binary_search(claimed_.begin(), claimed_.end(), position)) return true;
  // The list of all rowids ever inserted, those of messages that are gone included; and the places of messages, which
  // the list lacks where the index is damaged.
  auto found =
      db_.sql("SELECT 1 FROM search_docsize WHERE id = ?1 UNION ALL SELECT 1 FROM message WHERE position = ?1 LIMIT 1");
  return found.bind(position).step();
}

// Next to the date first; where many messages carry the same date (imported mail), further and further away, so that
// finding a place stays cheap.
std::int64_t SearchIndex::claim(const Entry& entry) {
  const std::int64_t base = entry.received / 1000;
  std::int64_t position = base;
  for (std::uint64_t attempt = 0; taken(position); ++attempt) {
    if (attempt < 8) {
      ++position;
    } else {
      const auto reach = std::uint64_t{1} << std::min<std::uint64_t>(4 + attempt / 4, 40);
      position =
          base + static_cast<std::int64_t>(mix(static_cast<std::uint64_t>(entry.message) * 64 + attempt) % reach);
    }
  }
  claimed_.insert(std::upper_bound(claimed_.begin(), claimed_.end(), position), position);
  return position;
}

std::int64_t SearchIndex::last_position(std::int64_t received) {
  auto drift = db_.sql("SELECT value FROM counter WHERE name = 'drift'");
  return received / 1000 + (drift.step() ? drift.integer(0) : 0);
}

}  // namespace mailmgr::store
