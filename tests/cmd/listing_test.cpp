#include "cmd/output/listing.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "cmd/output/terminal.h"
#include "core/base/time.h"

using namespace mailmgr;
using namespace mailmgr::output;
using Json = nlohmann::ordered_json;

namespace {

std::vector<Column> columns() {
  return {{"id", "ID", 10, true}, {"from", "FROM", 12}, {"subject", "SUBJECT"}};
}

std::string printed(Form form, const std::vector<Json>& rows, const std::vector<std::string>& fields = {}) {
  std::ostringstream out;
  Listing listing(out, form, 30, false, columns());
  REQUIRE(listing.choose(fields, {"size"}));
  for (const auto& row : rows) listing.row(row);
  listing.finish();
  return out.str();
}

const Json kRow{{"id", 7},
                {"from", {{"name", "Ada"}, {"address", "ada@example.org"}}},
                {"subject", "a\tvery\nlong subject that does not fit"},
                {"size", 12}};

}  // namespace

TEST_CASE("in a pipe rows are tab-separated, uncut and one line each") {
  CHECK(printed(Form::plain, {kRow}) == "7\tAda <ada@example.org>\ta\\tvery\\nlong subject that does not fit\n");
}

TEST_CASE("a table is cut to the terminal's width") {
  const std::string table = printed(Form::table, {kRow});
  std::istringstream lines(table);
  for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 30 + 6);  // "…" has three bytes
  CHECK(table.starts_with("ID  FROM"));
}

TEST_CASE("where a terminal is narrow, the widest columns give before the subject cannot be read") {
  std::ostringstream out;
  Listing listing(out, Form::table, 64, false,
                  {{"received", "DATE", 16}, {"from", "FROM", 24}, {"subject", "SUBJECT"}, {"in", "IN", 24}});
  listing.row({{"received", "2026-11-27 12:00"},
               {"from", "Somebody with a long name"},
               {"subject", "A subject that says what it is about"},
               {"in", "inbox, a label with a long name"}});
  listing.finish();
  const std::string table = out.str();
  CHECK(table.find("2026-11-27 12:00  Some") != std::string::npos);
  CHECK(table.find("A subject that says what") != std::string::npos);
  for (const auto& line : {table.substr(0, table.find('\n')), table.substr(table.find('\n') + 1)}) {
    CHECK(width(line.substr(0, line.find('\n'))) <= 64);
  }
}

TEST_CASE("where a terminal is too narrow for all columns, those that can be spared are left out, the subject is not") {
  const Json row{{"id", 12345},
                 {"received", "2026-11-27 12:00"},
                 {"account", "ada@example.org"},
                 {"from", "Somebody with a long name"},
                 {"subject", "A subject that says what it is about"},
                 {"in", "inbox"}};
  const auto table = [&](std::size_t terminal_columns, const std::vector<std::string>& fields = {}) {
    std::ostringstream out;
    Listing listing(out, Form::table, terminal_columns, false,
                    {{"id", "ID", 10, true},
                     {"received", "DATE", 16, false, nullptr, 1},
                     {"account", "ACCOUNT", 24, false, nullptr, 2},
                     {"from", "FROM", 24},
                     {"subject", "SUBJECT"},
                     {"in", "IN", 24, false, nullptr, 3}});
    REQUIRE(listing.choose(fields));
    listing.row(row);
    listing.finish();
    std::istringstream lines(out.str());
    std::string header;
    std::getline(lines, header);
    std::string line;
    std::getline(lines, line);
    std::string titles;
    std::istringstream words(header);
    for (std::string word; words >> word;) titles += (titles.empty() ? "" : " ") + word;
    if (fields.empty()) CHECK(line.find("A subject that sa") != std::string::npos);
    return titles;
  };
  CHECK(table(120) == "ID DATE ACCOUNT FROM SUBJECT IN");
  CHECK(table(72) == "ID DATE ACCOUNT FROM SUBJECT IN");
  CHECK(table(66) == "ID DATE ACCOUNT FROM SUBJECT");
  CHECK(table(60) == "ID DATE FROM SUBJECT");
  CHECK(table(40) == "ID FROM SUBJECT");
  // Who names columns gets them.
  CHECK(table(40, {"received", "in", "subject"}) == "DATE IN SUBJECT");
}

TEST_CASE("JSON keeps every key in its order, and --fields chooses") {
  CHECK(printed(Form::json, {kRow}).find("\"size\":12}") != std::string::npos);
  CHECK(printed(Form::json, {kRow}, {"size", "id"}) == "{\"size\":12,\"id\":7}\n");
  CHECK(printed(Form::plain, {kRow}, {"size"}) == "12\n");
  CHECK(printed(Form::ids, {kRow}) == "7\n");
}

TEST_CASE("--ids prints what other commands take: the id where rows have one, else the first column") {
  const auto ids = [](std::vector<Column> known, const Json& row, const std::vector<std::string>& more_keys = {}) {
    std::ostringstream out;
    Listing listing(out, Form::ids, 80, false, std::move(known));
    REQUIRE(listing.choose({}, more_keys));
    listing.row(row);
    return out.str();
  };
  CHECK(ids({{"latest_id", "LATEST"}, {"subject", "SUBJECT"}}, {{"thread_id", "t1"}, {"latest_id", 7}}) == "7\n");
  CHECK(ids({{"name", "NAME"}, {"account", "ACCOUNT"}}, {{"account", "work"}, {"name", "inbox"}}) == "inbox\n");
  CHECK(ids({{"event", "EVENT"}, {"id", "ID"}}, {{"seq", 3}, {"event", "new"}, {"id", 7}}) == "7\n");
  CHECK(ids({{"row", "ROW"}}, {{"bulk", "october"}, {"row", "ada"}, {"id", 7}}, {"bulk", "id"}) == "7\n");
  // One that has none yet is not named by something else.
  CHECK(ids({{"row", "ROW"}}, {{"bulk", "october"}, {"row", "ada"}}, {"bulk", "id"}).empty());
  CHECK(printed(Form::ids, {kRow}, {"subject"}) == "7\n");
}

TEST_CASE("an unknown field is a usage error that lists the known ones") {
  std::ostringstream out;
  Listing listing(out, Form::plain, 80, false, columns());
  const Status chosen = listing.choose({"nonsense"}, {"size"});
  REQUIRE(!chosen);
  CHECK(chosen.error().code == Code::usage);
  CHECK(chosen.error().hint.find("subject") != std::string::npos);
}

TEST_CASE("attack 60: invalid UTF-8 still makes valid JSON") {
  CHECK(as_json({{"a", "\xff"}}) == "{\"a\":\"\xef\xbf\xbd\"}");
}

TEST_CASE("attack 60: JSON holds no character that a terminal obeys, and reads back as it was") {
  const std::string evil = "\x1b[2J\x7f\u009b31m \u202e\u2028 \U000e0041 größe 日本";
  const std::string line = as_json({{"a", evil}});
  CHECK(line == R"({"a":"\u001b[2J\u007f\u009b31m \u202e\u2028 \udb40\udc41 größe 日本"})");
  CHECK(nlohmann::ordered_json::parse(line)["a"] == evil);
}

TEST_CASE("times in tables are those of this place, to the minute, and in pipes and JSON as they are") {
  const Json row{{"started", "2026-11-28T01:40:36.123Z"}, {"ended", nullptr}};
  CHECK(local_time(row, "started") == to_local_date(*from_rfc3339("2026-11-28T01:40:36.123Z")));
  CHECK(local_time(row, "started").size() == 16);
  for (const char* none : {"ended", "nowhere"}) CHECK(local_time(row, none).empty());
  const auto started = [](const Json& one) { return local_time(one, "started"); };
  for (const auto& [form, printed] : {std::pair{Form::table, "STARTED\n" + local_time(row, "started") + "\n"},
                                      {Form::plain, std::string("2026-11-28T01:40:36.123Z\n")}}) {
    std::ostringstream out;
    Listing listing(out, form, 80, false, {{"started", "STARTED", 16, false, started}});
    listing.row(row);
    listing.finish();
    CHECK(out.str() == printed);
  }
}
