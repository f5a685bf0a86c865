#include "providers/json_text.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace mailmgr;

namespace {

std::string nested(int depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

}  // namespace

TEST_CASE("members of the wrong type read as absent") {
  const auto text = JsonText::parse(R"({"s":1,"b":"true","i":"12x","a":{"x":1},"n":null})").value();
  CHECK(text.string_at(text.root(), "s").empty());
  CHECK_FALSE(JsonText::bool_at(text.root(), "b"));
  CHECK_FALSE(JsonText::int_at(text.root(), "i"));
  CHECK(JsonText::array_at(text.root(), "a").empty());
  CHECK(JsonText::at(text.root(), "missing").is_null());
  CHECK(text.string_at(JsonText::at(text.root(), "n"), "x").empty());
}

TEST_CASE("64-bit integers are read from numbers and from strings") {
  const auto text =
      JsonText::parse(R"({"a":"1763899999123","b":1763899999123,"c":1.5,"d":18446744073709551615})").value();
  CHECK(JsonText::int_at(text.root(), "a") == 1763899999123);
  CHECK(JsonText::int_at(text.root(), "b") == 1763899999123);
  CHECK_FALSE(JsonText::int_at(text.root(), "c"));
  CHECK_FALSE(JsonText::int_at(text.root(), "d"));
}

TEST_CASE("long strings are given without losing a byte") {
  const std::string body(5000, 'Q');
  const std::string source = R"({"raw":")" + body + R"(","short":"x","more":[")" + body + R"(y"]})";
  const auto text = JsonText::parse(source).value();
  const auto raw = text.view(JsonText::at(text.root(), "raw"));
  CHECK(raw == body);
  CHECK(raw.data() >= source.data());
  CHECK(raw.data() < source.data() + source.size());
  CHECK(text.view(JsonText::array_at(text.root(), "more")[0]) == body + "y");
  CHECK(text.string_at(text.root(), "short") == "x");
}

TEST_CASE("long strings with escapes are decoded as others are") {
  std::string body;
  std::string escaped;
  for (int i = 0; i < 2000; ++i) {
    body += "a\"\\\n";
    escaped += R"(a\"\\\n)";
  }
  const std::string source = R"({"raw":")" + escaped + R"("})";
  const auto text = JsonText::parse(source).value();
  CHECK(text.view(JsonText::at(text.root(), "raw")) == body);
  CHECK(text.string_at(text.root(), "raw") == body);
  CHECK(nlohmann::json::parse(text.raw(text.root()))["raw"] == body);
}

TEST_CASE("a long string is refused, with its answer, for what a short one is refused for") {
  const std::string long_text(2000, 'x');
  for (const std::string& wrong :
       {std::string(R"(\q)"), std::string(R"(\)") + "u12", std::string(R"(\)") + "u12g4", std::string(R"(\)") + "ud800",
        std::string(R"(\)") + "udc00", std::string(R"(\)") + "ud83d" + R"(\n)",
        std::string(R"(\)") + "ud83d" + R"(\)" + "u0041", std::string("\x01"), std::string("\n\\n"),
        std::string("\\n\xff"), std::string("\xed\xa0\x80")}) {
    CAPTURE(wrong);
    for (const auto& before : {std::string(), long_text}) {
      for (const auto& behind : {std::string(), long_text}) {
        const auto text = JsonText::parse(R"({"id":"7","body":")" + before + wrong + behind + R"("})");
        REQUIRE_FALSE(text);
        CHECK(text.error().code == Code::try_later);
      }
    }
  }
  const std::string right = long_text + R"(\"\\\/\b\f\n\r\t\)" + R"(ud83d\)" + "ude00" + R"(\)" + "u00E4\xc3\xa4\x7f";
  const auto source = R"({"body":")" + right + R"("})";
  const auto text = JsonText::parse(source).value();
  CHECK(text.string_at(text.root(), "body") == long_text + "\"\\/\b\f\n\r\t\xf0\x9f\x98\x80\xc3\xa4\xc3\xa4\x7f");
}

TEST_CASE("what is written like a reference to a long string is what it says, and makes no answer larger") {
  const std::string long_text(2000, 'x');
  const auto source = R"({"long":")" + long_text + R"(","a":"\u00000","b":"\u0000-1","c":["\u00001","\u0000\n"]})";
  const auto text = JsonText::parse(source).value();
  CHECK(text.string_at(text.root(), "long") == long_text);
  CHECK(text.string_at(text.root(), "a") == std::string("\0"
                                                        "0",
                                                        2));
  CHECK(text.string_at(text.root(), "b") == std::string("\0-1", 3));
  CHECK(text.strings_at(text.root(), "c") == std::vector{std::string("\0"
                                                                     "1",
                                                                     2),
                                                         std::string("\0\n", 2)});
  CHECK(nlohmann::json::parse(text.raw(text.root())) == nlohmann::json::parse(source));
}

TEST_CASE("answers that are cut short, empty, nested too deeply or no JSON are errors that pass") {
  for (const std::string& source :
       {std::string("{\"a\":\"b"), std::string("{\"a\":[1,2"), std::string(), std::string("<html>login</html>"),
        std::string("{} {}"), nested(65), nested(1000000), std::string("{\"a\":\"\xff\xfe\"}")}) {
    CAPTURE(source.substr(0, 40));
    const auto text = JsonText::parse(source);
    REQUIRE_FALSE(text);
    CHECK(text.error().code == Code::try_later);
  }
  CHECK(JsonText::parse(nested(64)));
}

TEST_CASE("text is quoted as JSON whatever it holds") {
  CHECK(json_quoted("a\"b\n") == R"("a\"b\n")");
  CHECK(nlohmann::json::accept(json_quoted("\xff\x00")));
}
