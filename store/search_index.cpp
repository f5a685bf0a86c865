#include "store/search_index.h"

#include <algorithm>

#include "core/mail/parse.h"
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

  auto save = db_.sql("UPDATE message SET position = ? WHERE id = ?");
  for (const auto& [position, entry] : placed) {
    save.bind(position, entry->message).run();
    insert(position, *entry->parsed);
  }
  claimed_.clear();
}

void SearchIndex::insert(std::int64_t position, const ParsedMessage& parsed) {
  const std::string subject = for_index(parsed.subject, kMaxHeader);
  const std::string people = for_index(people_text(parsed), kMaxHeader);
  const std::string body = for_index(parsed.body_text, kMaxBody);
  const std::string files = for_index(file_names(parsed), kMaxHeader);
  db_.sql("INSERT INTO search (rowid, subject, people, body, files) VALUES (?, ?, ?, ?, ?)")
      .bind(position, BorrowedText{subject}, BorrowedText{people}, BorrowedText{body}, BorrowedText{files})
      .run();
}

bool SearchIndex::taken(std::int64_t position) {
  if (std::binary_search(claimed_.begin(), claimed_.end(), position)) return true;
  // The list of all rowids ever inserted, those of messages that are gone included.
  return db_.sql("SELECT 1 FROM search_docsize WHERE id = ?").bind(position).step();
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

// One damaged message is not to keep all others out of the index: of that, what its row tells.
ParsedMessage SearchIndex::read_or_subject(RawChunks& raw, std::int64_t message) {
  try {
    auto parsed = parse_message(raw.read(RawChunks::Table::messages, message));
    if (parsed) return *std::move(parsed);
  } catch (const Failure&) {
  }
  ParsedMessage rest;
  auto row = db_.sql("SELECT subject FROM message WHERE id = ?");
  if (row.bind(message).step()) rest.subject = row.text(0);
  return rest;
}

void SearchIndex::rebuild(RawChunks& raw) {
  db_.exec("INSERT INTO search (search) VALUES ('delete-all')");
  db_.exec("UPDATE message SET position = NULL WHERE position IS NOT NULL");
  db_.exec("UPDATE counter SET value = 0 WHERE name = 'drift'");
  constexpr std::size_t kBatch = 200;
  std::int64_t after_received = -1;
  std::int64_t after_id = 0;
  for (;;) {
    std::vector<Entry> entries;
    std::vector<ParsedMessage> parsed;
    parsed.reserve(kBatch);
    {
      auto row = db_.sql(
          "SELECT received, id FROM message WHERE stored > 0 AND (received, id) > (?, ?) ORDER BY received, id LIMIT "
          "?");
      row.bind(after_received, after_id, kBatch);
      while (row.step()) entries.push_back({row.integer(1), row.integer(0), nullptr});
    }
    if (entries.empty()) return;
    after_received = entries.back().received;
    after_id = entries.back().message;
    for (auto& entry : entries) {
      entry.parsed = &parsed.emplace_back(read_or_subject(raw, entry.message));
    }
    add(std::move(entries));
  }
}

}  // namespace mailmgr::store
