#include "core/flow/bulk_list.h"

#include <doctest/doctest.h>

#include "tests/support/fakes.h"

using namespace mailmgr;

namespace {

std::string problem_of(const std::string& csv, const std::string& key = "") {
  const auto list = read_bulk_list(csv, key);
  return list ? "" : list.error().message;
}

bool has(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("a list's reserved columns are read, whatever their case, and all others are values") {
  const auto rows =
      read_bulk_list(
          "\xEF\xBB\xBFTo,CC,name,attach,subject\r\n"
          "\"Ada <ada@example.org>; bob@example.org\",c@example.org,\"Berg, Ada\",a.pdf; 2026/b.pdf,Hello\r\n"
          "dee@example.org,,Dee,,\r\n",
          "")
          .value();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].line == 2);
  CHECK(rows[0].to == std::vector<Address>{{"Ada", "ada@example.org"}, {"", "bob@example.org"}});
  CHECK(rows[0].cc.size() == 1);
  CHECK(rows[0].subject == "Hello");
  CHECK(rows[0].attach == std::vector<std::string>{"a.pdf", "2026/b.pdf"});
  CHECK(rows[0].values == TemplateValues{{"name", "Berg, Ada"}});
  CHECK(rows[0].key == "ada@example.org;bob@example.org");
  CHECK(rows[1].attach.empty());
}

TEST_CASE("attack 68: a list that is not what it seems is refused as a whole, with the lines that are wrong") {
  CHECK(has(problem_of(""), "empty"));
  CHECK(has(problem_of("name\nx\n"), "no column \"to\""));
  CHECK(has(problem_of("to,to\na@example.org,b\n"), "\"to\" is there twice"));
  CHECK(has(problem_of("to,TO\na@example.org,b\n"), "there twice"));
  CHECK(has(problem_of("to,{{x}}\na@example.org,b\n"), "cannot be the name"));
  CHECK(has(problem_of("to,x\na@example.org\n"), "line 2: 1 fields, but the header has 2"));
  CHECK(has(problem_of("to,x\na@example.org,1,2\n"), "line 2: 3 fields"));
  CHECK(has(problem_of("to\na@\n\nb@example.org\nc d\n"), "line 2: "));
  CHECK(has(problem_of("to\na@\n\nb@example.org\nc d\n"), "line 5: "));
  CHECK(has(problem_of("to,bcc\na@example.org,no address\n"), "line 2: bcc: "));
  CHECK(has(problem_of("to,x\n,1\n"), "line 2: nobody to send it to"));
  std::string wide = "to";
  for (int i = 0; i < 1'000'000; ++i) wide += ",c";
  CHECK(has(problem_of(wide + "\n"), "1000001 columns"));
}

TEST_CASE("rows to an equal address are an error, unless a column tells them apart") {
  const std::string twice = "to,order\nAda@example.org,1\nb@example.org,2\nada@example.org,3\n";
  CHECK(has(problem_of(twice), "line 4: the same key as line 2"));
  CHECK(problem_of(twice, "order").empty());
  CHECK(has(problem_of("to\na@example.org;b@example.org\nb@example.org\n"),
            "line 3: b@example.org is there already, in line 2"));
  CHECK(problem_of("to\na@example.org;A@example.org\n").empty());
  CHECK(has(problem_of("to,order\na@example.org,1\nb@example.org,1\n", "order"), "line 3: the same key as line 2"));
  CHECK(has(problem_of("to,order\na@example.org,\n", "order"), "line 2: its key is empty"));
  CHECK(has(problem_of("to\na@example.org\n", "order"), "no column \"order\""));
}
