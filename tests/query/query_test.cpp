#include "core/query/query.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace mailmgr;

namespace {

const Time kNow = *from_rfc3339("2026-11-23T12:00:00Z");

std::string tree(std::string_view text) {
  const auto query = query::parse(text, kNow);
  return query ? query::to_string(query->root) : "error: " + query.error().message;
}

std::string hint(std::string_view text) {
  const auto query = query::parse(text, kNow);
  return query ? std::string() : query.error().hint;
}

struct Case {
  const char* text;
  const char* tree;
};

}  // namespace

TEST_CASE("words, phrases, OR, NOT and groups make the tree that Gmail would") {
  const Case cases[] = {
      {"", "(and)"},
      {"  \t ", "(and)"},
      {"tea", "\"tea\""},
      {"tea milk", "(and \"tea\" \"milk\")"},
      {"\"tea with milk\"", "\"tea with milk\""},
      {"tea OR coffee", "(or \"tea\" \"coffee\")"},
      {"now tea OR coffee hot", "(and \"now\" (or \"tea\" \"coffee\") \"hot\")"},
      {"a OR b OR c", "(or \"a\" \"b\" \"c\")"},
      {"tea or coffee", "(and \"tea\" \"or\" \"coffee\")"},
      {"-tea", "(not \"tea\")"},
      {"NOT tea", "(not \"tea\")"},
      {"not tea", "(and \"not\" \"tea\")"},
      {"--tea", "(not (not \"tea\"))"},
      {"-(a b)", "(not (and \"a\" \"b\"))"},
      {"-\"a b\"", "(not \"a b\")"},
      {"(a b) OR c", "(or (and \"a\" \"b\") \"c\")"},
      {"{a b c}", "(or \"a\" \"b\" \"c\")"},
      {"{a} b", "(and \"a\" \"b\")"},
      {"{(a b) c}", "(or (and \"a\" \"b\") \"c\")"},
      {"well-known", "\"well-known\""},
      {"Monday - Friday", "(and \"Monday\" \"Friday\")"},
      {"a(b)c", "(and \"a\" \"b\" \"c\")"},
      {"größe 日本", "(and \"größe\" \"日本\")"},
  };
  for (const auto& [text, expected] : cases) {
    CAPTURE(text);
    CHECK(tree(text) == expected);
  }
}

TEST_CASE("attack 72: operators of full-text engines are ordinary words") {
  CHECK(tree("NEAR(a b)") == "(and \"NEAR\" (and \"a\" \"b\"))");
  CHECK(tree("tea* ^milk AND +x") == "(and \"tea*\" \"^milk\" \"AND\" \"+x\")");
  CHECK(tree("x'; DROP TABLE x") == "(and \"x';\" \"DROP\" \"TABLE\" \"x\")");
}

TEST_CASE("fields take a word, a phrase or a group") {
  const Case cases[] = {
      {"from:ada", "from:\"ada\""},
      {"FROM:Ada", "from:\"Ada\""},
      {"from:@example.org", "from:\"@example.org\""},
      {"to:a cc:b bcc:c", "(and to:\"a\" cc:\"b\" bcc:\"c\")"},
      {"subject:\"a b\"", "subject:\"a b\""},
      {R"(label:"say \"hi\"" x\y "c:\dir\\")", R"((and label:"say \"hi\"" "x\\y" "c:\\dir\\"))"},
      {"subject:(a OR b)", "(or subject:\"a\" subject:\"b\")"},
      {"subject:(a b) c", "(and (and subject:\"a\" subject:\"b\") \"c\")"},
      {"from:{ada bob}", "(or from:\"ada\" from:\"bob\")"},
      {"from:(ada -bob)", "(and from:\"ada\" (not from:\"bob\"))"},
      {"subject:(a from:b)", "(and subject:\"a\" from:\"b\")"},
      {"-from:ada", "(not from:\"ada\")"},
      {"list:dev body:x filename:a.pdf", "(and list:\"dev\" body:\"x\" filename:\"a.pdf\")"},
      {"label:Work/Now in:inbox", "(and label:\"Work/Now\" in:\"inbox\")"},
      {"is:UNREAD", "is:\"unread\""},
      {"is:read is:starred is:draft is:sent", "(and is:\"read\" is:\"starred\" is:\"draft\" is:\"sent\")"},
      {"has:attachment", "has:\"attachment\""},
      {"account:work domain:@Example.ORG", "(and account:\"work\" domain:\"example.org\")"},
      {"thread:18c2f id:42", "(and thread:\"18c2f\" id:\"42\")"},
      {"rfc822msgid:a@b", "rfc822msgid:\"<a@b>\""},
      {"rfc822msgid:<a@b>", "rfc822msgid:\"<a@b>\""},
      {"larger:5M smaller:200k", "(and larger:\"5242880\" smaller:\"204800\")"},
      {"larger:1000 larger:2GB", "(and larger:\"1000\" larger:\"2147483648\")"},
      {"after:2026-01-31T09:15:00Z", "after:\"2026-01-31T09:15:00Z\""},
      {"before:2026-01-31T10:15:00+01:00", "before:\"2026-01-31T09:15:00Z\""},
      {"newer_than:7d", "after:\"2026-11-16T12:00:00Z\""},
      {"older_than:2w", "before:\"2026-11-09T12:00:00Z\""},
  };
  for (const auto& [text, expected] : cases) {
    CAPTURE(text);
    CHECK(tree(text) == expected);
  }
}

TEST_CASE("dates with slashes are the same days as with dashes") {
  CHECK(tree("after:2026/01/31") == tree("after:2026-01-31"));
  CHECK(tree("after:2026/01/31").starts_with("after:"));
}

TEST_CASE("months and years ago are understood") {
  for (const auto* text : {"newer_than:6m", "newer_than:1y"}) {
    const auto query = query::parse(text, kNow);
    REQUIRE(query);
    REQUIRE(query->root.term.time);
    CHECK(*query->root.term.time < kNow - std::chrono::days(150));
  }
}

TEST_CASE("a colon that belongs to no field leaves a plain word") {
  CHECK(tree("http://example.org/x?y=1") == "\"http://example.org/x?y=1\"");
  CHECK(tree("12:30") == "\"12:30\"");
  CHECK(tree("a-b:c") == "\"a-b:c\"");
  CHECK(tree("Re: hello") == "(and \"Re:\" \"hello\")");
  CHECK(tree("\"from:ada\"") == "\"from:ada\"");
  CHECK(tree("::") == "\"::\"");
}

TEST_CASE("terms keep whether they were quoted") {
  CHECK(query::parse("\"tea\"", kNow)->root.term.phrase);
  CHECK_FALSE(query::parse("tea", kNow)->root.term.phrase);
  CHECK(query::parse("subject:\"tea\"", kNow)->root.term.phrase);
}

TEST_CASE("spam and trash are reached only when the query names them") {
  const auto reach = [](std::string_view text) {
    const auto query = query::parse(text, kNow);
    REQUIRE(query);
    return std::string(query->reaches_spam ? "s" : "") + (query->reaches_trash ? "t" : "");
  };
  CHECK(reach("tea in:inbox") == "");
  CHECK(reach("in:spam") == "s");
  CHECK(reach("in:Trash") == "t");
  CHECK(reach("label:trash tea") == "t");
  CHECK(reach("in:anywhere") == "st");
  CHECK(reach("in:(spam OR trash)") == "st");
  CHECK(reach("spam trash") == "");
  CHECK(reach("subject:spam") == "");
}

TEST_CASE("what cannot be understood is refused with its place and what would be") {
  const Case cases[] = {
      {"foo:bar", "at character 1: unknown field 'foo:'"},
      {"größe foo:bar", "at character 7: unknown field 'foo:'"},
      {"tea from: ada", "at character 5: 'from:' needs a value right after the colon"},
      {"from:", "at character 1: 'from:' needs a value right after the colon"},
      {"from:\"\"", "there is nothing between the quotation marks"},
      {"\"tea", "at character 1: this quotation mark is not closed"},
      {"a \"\"", "at character 3: there is nothing between the quotation marks"},
      {"(tea", "at character 1: this is not closed with ')'"},
      {"{tea", "at character 1: this is not closed with '}'"},
      {"from:(tea", "at character 6: this is not closed with ')'"},
      {"tea)", "at character 4: ')' without '('"},
      {"tea}", "at character 4: '}' without '{'"},
      {"(tea}", "at character 5: '}' without '{'"},
      {"()", "there is nothing inside"},
      {"OR tea", "at character 1: OR needs something on both sides"},
      {"tea OR", "OR needs something on both sides"},
      {"tea OR OR milk", "OR needs something on both sides"},
      {"tea NOT", "NOT needs something after it"},
      {"is:done", "'is:' knows unread, read, starred, draft, sent, todo"},
      {"has:star", "'has:' knows attachment, note"},
      {"larger:big", "'larger:' takes a number of bytes"},
      {"larger:99999999999G", "'larger:' takes a number of bytes"},
      {"larger:-5", "'larger:' takes a number of bytes"},
      {"id:abc", "'id:' takes the number of a message"},
      {"id:99999999999999999999", "'id:' takes the number of a message"},
      {"after:all", "'after:' cannot be 'all'"},
      {"after:2026-13-01", "'after:' cannot be '2026-13-01'"},
      {"newer_than:2026-01-01", "'newer_than:' takes a number of days"},
      {"newer_than:d", "'newer_than:' takes a number of days"},
      {"-", "there is no word in it"},
      {"a\xFF", "not valid UTF-8"},
  };
  for (const auto& [text, expected] : cases) {
    CAPTURE(text);
    const auto message = tree(text);
    CHECK_MESSAGE(message.find(expected) != std::string::npos, message);
    CHECK(message.starts_with("error: reading the query"));
  }
  CHECK(hint("foo:bar").find("from: to: cc:") != std::string::npos);
  CHECK(query::parse("foo:bar", kNow).error().code == Code::usage);
}

TEST_CASE("attack 72: endless queries and endless nesting are refused, not followed") {
  CHECK(tree(std::string(70'000, 'a')).find("longer than 64 KiB") != std::string::npos);
  CHECK(tree(std::string(30'000, '(') + "a").find("nested deeper than 100 levels") != std::string::npos);
  CHECK(tree(std::string(30'000, '-') + "a").find("nested deeper than 100 levels") != std::string::npos);
  CHECK(tree(std::string(30'000, '{') + "a").find("nested deeper than 100 levels") != std::string::npos);
  std::string words;
  while (words.size() < 60'000) words += "ab ";
  CHECK(query::parse(words, kNow)->root.children.size() == 20'000);
  CHECK(tree(std::string(90, '(') + "a" + std::string(90, ')')) == "\"a\"");
}

namespace {

// @NAME stands for these.
Result<query::Query> with_saved(std::string_view text) {
  return query::parse(text, kNow, [](std::string_view name) -> Result<std::optional<std::string>> {
    if (name == "work") return std::optional<std::string>("label:work OR from:boss");
    if (name == "busy") return std::optional<std::string>("@work is:unread");
    if (name == "junk") return std::optional<std::string>("in:spam");
    if (name == "loop") return std::optional<std::string>("tea @pool");
    if (name == "pool") return std::optional<std::string>("@loop");
    if (name == "bad") return std::optional<std::string>("is:blue");
    if (name == "bomb") return std::optional<std::string>("@bomb1 @bomb1 @bomb1 @bomb1 @bomb1 @bomb1 @bomb1 @bomb1");
    if (name.starts_with("bomb") && name.size() < 24) {
      const auto next = "@" + std::string(name) + "1 ";
      return std::optional<std::string>(next + next + next + next);
    }
    if (name.starts_with("bomb")) return std::optional<std::string>("tea");
    return std::optional<std::string>();
  });
}

std::string saved_tree(std::string_view text) {
  const auto query = with_saved(text);
  return query ? query::to_string(query->root) : "error: " + query.error().message;
}

}  // namespace

TEST_CASE("a saved search stands for its query, in parentheses, wherever a word may stand") {
  CHECK(saved_tree("@work") == "(or label:\"work\" from:\"boss\")");
  CHECK(saved_tree("@work tea") == "(and (or label:\"work\" from:\"boss\") \"tea\")");
  CHECK(saved_tree("-@work") == "(not (or label:\"work\" from:\"boss\"))");
  CHECK(saved_tree("@busy") == "(and (or label:\"work\" from:\"boss\") is:\"unread\")");
  CHECK(with_saved("@junk")->reaches_spam);
  CHECK(saved_tree("\"@work\"") == "\"@work\"");
  CHECK(saved_tree("from:@work") == "from:\"@work\"");
  CHECK(saved_tree("@example.org") == "\"@example.org\"");
  CHECK(tree("@work") == "\"@work\"");  // who knows no saved searches has a word
}

TEST_CASE("saved searches that are not there, refer to themselves or cannot be read are refused") {
  CHECK(with_saved("tea @nobody").error().code == Code::not_found);
  CHECK(saved_tree("tea @nobody").find("at character 5: there is no saved search @nobody") != std::string::npos);
  CHECK(saved_tree("@loop").find("the saved search @loop refers to itself") != std::string::npos);
  CHECK(saved_tree("@bad").find("in the saved search @bad: reading the query, at character 4: 'is:' knows") !=
        std::string::npos);
  CHECK(with_saved("@bomb").error().code == Code::usage);
}

TEST_CASE("the place of a mistake can be pointed at") {
  CHECK(query::place_of(query::parse("größe foo:bar", kNow).error()) == 6);
  CHECK(query::place_of(query::parse("()", kNow).error()) == 1);
  CHECK_FALSE(query::place_of(query::parse("a\xFF", kNow).error()).has_value());
  CHECK_FALSE(query::place_of(Error{}).has_value());
}

TEST_CASE("punctuation beside words asks for nothing, alone it finds nothing, and leaving it out is a mistake") {
  CHECK(tree("tea & milk") == "(and \"tea\" \"milk\")");
  CHECK(tree("tea -> milk") == "(and \"tea\" \"milk\")");
  CHECK(tree("tea (!! ...)") == "\"tea\"");
  CHECK(tree("tea subject:!") == "\"tea\"");
  CHECK(tree("!!") == "\"!!\"");
  CHECK(tree("tea OR !!") == "(or \"tea\" \"!!\")");
  CHECK(tree("-!!").find("NOT needs a word after it") != std::string::npos);
  CHECK(tree("tea OR -!!").find("NOT needs a word after it") != std::string::npos);
  CHECK(tree("\xF0\x9F\x8E\x89 tea") == "\"tea\"");
  CHECK(tree("\xE6\x9D\xB1 tea") == "(and \"\xE6\x9D\xB1\" \"tea\")");
}
