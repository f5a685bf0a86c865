#include "core/csv/csv.h"

#include <doctest/doctest.h>

using namespace mailmgr;

namespace {

std::vector<std::vector<std::string>> fields(std::string_view text) {
  const auto rows = read_csv(text);
  REQUIRE(rows);
  std::vector<std::vector<std::string>> out;
  for (const auto& row : *rows) out.push_back(row.fields);
  return out;
}

using Fields = std::vector<std::vector<std::string>>;

}  // namespace

TEST_CASE("rows end with LF, CRLF or the text, and empty lines are left out") {
  const Fields expected{{"a", "b"}, {"c", ""}};
  CHECK(fields("a,b\nc,\n") == expected);
  CHECK(fields("a,b\r\n\r\nc,") == expected);
  CHECK(fields("\n\na , b\n   \nc,\n\n") == expected);
  CHECK(fields("").empty());
}

TEST_CASE("quoted fields keep commas, quotes, spaces and line breaks") {
  CHECK(fields("\"a,\"\"b\"\"\",\" c \"\r\n\"d\ne\",f\n") == Fields{{"a,\"b\"", " c "}, {"d\ne", "f"}});
}

TEST_CASE("a byte order mark is no part of the first field") {
  CHECK(fields("\xEF\xBB\xBF"
               "email,name\n") == Fields{{"email", "name"}});
}

TEST_CASE("a row knows the line it begins at") {
  const auto rows = read_csv("a\r\n\r\n\"b\nc\",d\n\ne\n").value();
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].line == 1);
  CHECK(rows[1].line == 3);
  CHECK(rows[2].line == 6);
}

TEST_CASE("what is no CSV is refused with its line") {
  const auto refusal = [](std::string_view text) {
    const auto rows = read_csv(text);
    REQUIRE_FALSE(rows);
    CHECK(rows.error().code == Code::usage);
    return rows.error().message;
  };
  CHECK(refusal("a\nb,\"c\nd\n").find("line 2: a quoted field does not end") == 0);
  CHECK(refusal("a\nb\"c\n").find("line 2:") == 0);
  CHECK(refusal("a\n\"b\"c\n").find("line 2:") == 0);
  CHECK(refusal("a\xff\n").find("not UTF-8") != std::string::npos);
  CHECK(refusal(std::string("PK\x03\0x", 5)).find("line 1: a NUL") == 0);
}

TEST_CASE("attack 69: what a spreadsheet would take for a formula is written as text") {
  CHECK(csv_line({"=1+1", "+1", "-1", "@cmd", "\tx", "\rx", "a=b", ""}) ==
        "\"'=1+1\",\"'+1\",\"'-1\",\"'@cmd\",\"'\tx\",\"'\rx\",\"a=b\",\"\"\r\n");
}

TEST_CASE("a line that is written reads back as it was") {
  const std::vector<std::string> row{"a,\"b\"", " c ", "d\ne", "ü", "1,2"};
  CHECK(fields(csv_line(row)) == Fields{row});
}
