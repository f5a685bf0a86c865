// Rows for people and for scripts, from one description of the columns. A row is a JSON object; how it is printed is
// the global options' decision:
//   on a terminal   an aligned table with a header, cut to the width; what can be spared is left out first
//   in a pipe       tab-separated, no header, nothing cut
//   --json          JSON Lines, all keys in their order
//   --ids           what names the row to other commands, alone: its id where rows of this kind have one (those that
//                   have none yet are passed over), else the first column
// `--fields a,b` chooses keys and their order in every other form.
#pragma once

#include <functional>
#include <iosfwd>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace mailmgr::output {

enum class Form { table, plain, json, ids };

struct Column {
  std::string key;            // of the row's JSON object
  std::string title;          // in the table's header; empty: not in the table unless --fields asks
  std::size_t max_width = 0;  // in the table; 0: takes what is left
  bool right = false;         // numbers
  std::string (*text)(const nlohmann::ordered_json& row) = nullptr;  // for the table; else the value itself
  std::size_t spare = 0;  // left out of a table that is too wide, the highest first, unless --fields asks; 0: never
};

class Listing {
 public:
  // `keys`: every key rows may hold, for checking --fields; empty `fields`: all columns.
  Listing(std::ostream& out, Form form, std::size_t terminal_columns, bool bold, std::vector<Column> columns);
  ~Listing();
  Listing(const Listing&) = delete;
  Listing& operator=(const Listing&) = delete;

  // Only these keys, in this order; none: all columns. usage names a key that is neither a column nor in `more_keys`.
  Status choose(const std::vector<std::string>& fields, const std::vector<std::string>& more_keys = {});

  // False once nobody reads any more.
  bool row(const nlohmann::ordered_json& row, bool emphasised = false);
  // Prints what a table has gathered. Called by the destructor too.
  void finish();
  std::size_t rows() const { return rows_; }

 private:
  struct Line;
  std::string cell(const Column& column, const nlohmann::ordered_json& row) const;
  void print_plain(const nlohmann::ordered_json& row);
  void print_json(const nlohmann::ordered_json& row);
  void print_id(const nlohmann::ordered_json& row);
  std::vector<std::size_t> widths() const;

  std::ostream& out_;
  Form form_;
  std::size_t terminal_columns_;
  bool bold_;
  std::vector<Column> columns_;
  std::string id_key_;
  bool chosen_ = false;
  std::vector<Line> lines_;
  std::size_t rows_ = 0;
};

// A time of the row as people read it in a table: local, to the minute; empty where there is none.
std::string local_time(const nlohmann::ordered_json& row, const char* key);
// A JSON value as one line of text: strings made safe, arrays joined by ", ", people as "Name <address>".
std::string as_text(const nlohmann::ordered_json& value);
// One line of JSON, always valid UTF-8, that does nothing to a terminal.
std::string as_json(const nlohmann::ordered_json& value);

}  // namespace mailmgr::output
