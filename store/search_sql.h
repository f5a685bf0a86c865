// The search tree (core/query) as SQL conditions on `message m`. Every word of a query becomes a bound parameter; SQL
// text is made of our own pieces and of row numbers only. Throws (see sql.h).
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/ports/message_reader.h"
#include "core/query/query.h"
#include "store/database.h"
#include "store/folder_table.h"

namespace mailmgr::store {

// Parameters are numbered as they are made, so that conditions can be put together in any order. Numbers below
// kFirstParameter are the caller's.
inline constexpr int kFirstParameter = 10;
using Parameters = std::vector<std::variant<std::int64_t, std::string>>;
void bind_parameters(Sql& sql, const Parameters& parameters);

struct Hit {
  std::int64_t received = 0;  // Unix milliseconds
  std::int64_t message = 0;
  auto operator<=>(const Hit&) const = default;  // newer is greater
};

// A set of messages that every hit is in, as a SELECT of their dates and ids.
struct MessageSet {
  std::string select;
  std::optional<std::int64_t> folder;  // it is all messages of this folder's row
  std::size_t filter = 0;              // the condition (of CompiledQuery::filters) that says the same
};

// A query split by how it can be answered.
struct CompiledQuery {
  int match = 0;                     // the parameter with an FTS5 expression that every hit matches; 0: none
  std::vector<std::string> filters;  // SQL conditions on m for everything but `match`; all must hold
  std::vector<MessageSet> sets;
  std::optional<std::int64_t> received_from, received_before;  // Unix milliseconds
  Parameters parameters;
  // Notes are not in the full-text index, which cannot forget. Messages whose notes have one of the query's free words
  // are therefore looked at when the query is compiled: these of them are hits, oldest first, and the rest of the query
  // passes all of them over.
  std::vector<Hit> noted;
  std::size_t noted_candidates = 0;
};

// Not constants: what is constant SQLite folds, and then it finds no way to use the index it is told to.
inline constexpr const char* kNothing = "m.id < 0";
inline constexpr const char* kEverything = "m.id > 0";

class QueryCompiler {
 public:
  QueryCompiler(Database& db, const std::vector<AccountName>& names);
  CompiledQuery compile(const query::Query& query, const Selection& selection);

 private:
  using Node = query::Node;
  using Term = query::Term;

  std::optional<std::string> match_of(const Node& node) const;
  std::optional<std::string> match_all(const std::vector<Node>& nodes) const;
  std::string noted_by(const Node& root);
  CompiledQuery look_at_noted(const query::Query& query, const Selection& selection, const std::string& noted);
  void add_scope(const query::Query& query, const Selection& selection);
  void add_conjunct(const Node& node);
  std::string condition(const Node& node);
  std::string join(const std::vector<Node>& nodes, const char* op);
  std::string term(const Term& term);
  std::string flag(const Term& term);
  std::string person(const Term& term);
  std::string label(const Term& term);
  std::string place(const Term& term);
  std::string account(const Term& term);
  std::string in_folders(const std::vector<std::int64_t>& rows);
  std::string in_set(const char* received, const char* id, const std::string& rest);
  void offer_set(const std::string& select, std::optional<std::int64_t> folder = std::nullopt);
  std::string in_index(const std::string& match);
  std::string in_notes(const std::string& match);
  std::vector<std::int64_t> with_role(Role role) const;
  std::string parameter(std::variant<std::int64_t, std::string> value);

  Database& db_;
  const std::vector<AccountName>& names_;
  std::vector<StoredFolder> folders_;
  CompiledQuery result_;
  std::vector<Node> words_, not_words_;  // full-text parts that hold, and that do not hold, for every hit
  bool noting_ = false;                  // free words are looked for in notes, too, each by itself
  bool conjunct_ = false;                // the term being compiled holds for every hit: its set may drive the search
};

}  // namespace mailmgr::store
