// The search tree (core/query) as SQL conditions on `message m`. Every word of a query becomes a bound parameter; SQL
// text is made of our own pieces and of row numbers only. Throws (see sql.h).
#pragma once

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
};

class QueryCompiler {
 public:
  QueryCompiler(Database& db, const std::vector<AccountName>& names);
  CompiledQuery compile(const query::Query& query, const Selection& selection);

 private:
  using Node = query::Node;
  using Term = query::Term;

  static std::optional<std::string> match_of(const Node& node);
  static std::optional<std::string> match_all(const std::vector<Node>& nodes);
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
  std::vector<std::int64_t> with_role(Role role) const;
  std::string parameter(std::variant<std::int64_t, std::string> value);

  Database& db_;
  const std::vector<AccountName>& names_;
  std::vector<StoredFolder> folders_;
  CompiledQuery result_;
  std::vector<Node> words_, not_words_;  // full-text parts that hold, and that do not hold, for every hit
  bool conjunct_ = false;                // the term being compiled holds for every hit: its set may drive the search
};

}  // namespace mailmgr::store
