#include "core/mail/alias_file.h"

#include <doctest/doctest.h>

using namespace mailmgr;

namespace {

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("aliases are read with comments, continued lines, quotes and any case of letters") {
  const auto file = AliasFile::parse(
      "# comment: not@an.example\n\n"
      "Root: ada@x.example,\n\t# still a comment\n  Bob <bob@x.example> ,\"c d\"@x.example\n"
      "\"odd name\" : root\r\npostmaster:root\n");
  CHECK(file.resolve("ROOT").emails == Words{"ada@x.example", "bob@x.example", "\"c d\"@x.example"});
  CHECK(file.resolve("odd name").emails.size() == 3);
  CHECK(file.resolve("postmaster").emails.size() == 3);
  CHECK(file.problems().empty());
}

TEST_CASE("chains of aliases are followed once, and circles end") {
  const auto file = AliasFile::parse(
      "a: b, c\nb: d\nc: d, a@x.example\nd: d@x.example\nl: m\nm: n, m@x.example\nn: l\n"
      "self: self, self@x.example\nfinal: \\final, f@x.example\n");
  CHECK(file.resolve("a").emails == Words{"d@x.example", "a@x.example"});
  CHECK(file.resolve("a").local.empty());
  CHECK(file.resolve("l").emails == Words{"m@x.example"});
  CHECK(file.resolve("l").local == Words{"l"});
  CHECK(file.resolve("self").local == Words{"self"});
  CHECK(file.resolve("final").local == Words{"final"});
  CHECK(file.resolve("nobody").local == Words{"nobody"});
}

TEST_CASE("a chain without end in sight is given up, and a large file is no trouble") {
  std::string text;
  for (int i = 0; i < 20000; ++i) text += "a" + std::to_string(i) + ": a" + std::to_string(i + 1) + ", b@x.example\n";
  const auto meaning = AliasFile::parse(text).resolve("a0");
  CHECK(meaning.emails == Words{"b@x.example"});
  CHECK(meaning.local.size() == 1);
}

TEST_CASE("what is no address is told and not followed") {
  const auto file = AliasFile::parse(
      "a: \"|/bin/prog 'x, y'\", |other, /var/mail/a, :include:/etc/list, bad@@x\n"
      "b: /dev/null\n");
  CHECK(file.resolve("a").skipped ==
        Words{"|/bin/prog 'x, y'", "|other", "/var/mail/a", ":include:/etc/list", "bad@@x"});
  CHECK(file.resolve("a").emails.empty());
  CHECK_FALSE(file.resolve("a").discarded);
  CHECK(file.resolve("b").discarded);
  CHECK(file.resolve("b").skipped.empty());
}

TEST_CASE("lines that are no alias, and names that are there already, are problems that stop nothing") {
  const auto file = AliasFile::parse("no colon\n: x\nroot: a@x.example\nroot: b@x.example\n\"unclosed: y\n");
  CHECK(file.problems().size() == 4);
  CHECK(file.resolve("root").emails == Words{"a@x.example"});
}

TEST_CASE("recipients may be names, addresses and lists of both") {
  const auto both = parse_local_addresses("root, Ada <ada@x.example>,<op>");
  REQUIRE(both);
  CHECK(*both == std::vector<Address>{{"", "root"}, {"Ada", "ada@x.example"}, {"", "op"}});
  for (const auto* bad : {"", "a b", "a@", "@x.example", "a@x.example\r\nBcc: e@x.example", "\xff", "ro\tot x"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_local_addresses(bad));
  }
}

TEST_CASE("an address of this machine is followed as the name it is") {
  const auto file =
      AliasFile::parse("root: ada@localhost\nada: ada@x.example\nops: nobody@host, root@box.localdomain\n");
  CHECK(file.resolve("root").emails == Words{"ada@x.example"});
  CHECK(file.resolve("ops").emails == Words{"ada@x.example"});
  CHECK(file.resolve("ops").local == Words{"nobody"});
}
