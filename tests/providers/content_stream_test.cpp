#include "providers/content_stream.h"

#include <doctest/doctest.h>

#include "core/base/encoding.h"

using namespace mailmgr;

namespace {

using Form = ContentStream::Form;

Result<ContentStream::Parts> stream(ContentStream reader, const std::string& body, std::size_t step) {
  for (std::size_t at = 0; at < body.size(); at += step) {
    if (!reader.feed(std::string_view(body).substr(at, step))) break;
  }
  return std::move(reader).finish();
}

Result<ContentStream::Parts> message(const std::string& body, std::size_t step) {
  return stream(ContentStream("raw", 1), body, step);
}

Result<ContentStream::Parts> batch(const std::string& body, std::size_t step) {
  return stream(ContentStream("body", 3, Form::base64_or_text), body, step);
}

std::string bytes(const Result<Blob>& content) {
  return content.value().bytes().value();
}

}  // namespace

TEST_CASE("a message is decoded from a stream whatever the pieces") {
  std::string mime;
  for (int i = 0; i < 50000; ++i) mime += static_cast<char>(i * 7);
  const auto body = R"({ "id": "m\"", "labelIds": ["raw", "a:b"], "x": {"raw": "not this"},
    "raw" : ")" + base64url(mime) +
                    R"(", "internalDate": "5" })";
  for (const std::size_t step : {1, 3, 4096, 1000000}) {
    CAPTURE(step);
    const auto parts = message(body, step).value();
    REQUIRE(parts.contents.size() == 1);
    CHECK(bytes(parts.contents[0]) == mime);
    CHECK(parts.rest.find("not this") != std::string::npos);
    CHECK(parts.rest.find(R"("raw" : "0")") != std::string::npos);
  }
}

TEST_CASE("a batch's messages are cut out one by one, and what is no string stays") {
  const std::string mime = "Subject: hello\r\n\r\n\"body\"\t\xC3\xA9\\";
  const auto body = R"({"responses":[{"id":"1","status":200,"body":")" + base64(mime) +
                    R"("},{"id":"2","body":{"id":"x","body":"stays"}},{"body":")" + base64url(mime) +
                    R"(","id":"3"},{"id":"4","body":"Subject: hello\r\n\r\n\"body\"\t\u00e9\\"}],"body":"not this"})";
  for (const std::size_t step : {1, 7, 100000}) {
    CAPTURE(step);
    const auto parts = batch(body, step).value();
    CHECK(parts.rest ==
          R"({"responses":[{"id":"1","status":200,"body":"0"},{"id":"2","body":{"id":"x","body":"stays"}},)"
          R"({"body":"1","id":"3"},{"id":"4","body":"2"}],"body":"not this"})");
    REQUIRE(parts.contents.size() == 3);
    for (const auto& content : parts.contents) CHECK(bytes(content) == mime);
  }
}

TEST_CASE("characters written as escapes are themselves; half of one is replaced") {
  CHECK(bytes(message(R"({"raw":"YQ\u003d\u003d"})", 2).value().contents[0]) == "a");
  CHECK(bytes(message(R"({"raw":"\/\/8="})", 1).value().contents[0]) == "\xff\xff");
  CHECK(bytes(message(R"({"raw":"YWFh\r\nYW\nFh"})", 1).value().contents[0]) == "aaaaaa");
  const auto text = [](const std::string& written) {
    return bytes(batch(R"({"r":[{"body":"a:)" + written + R"("}]})", 3).value().contents.at(0)).substr(2);
  };
  CHECK(text(R"(\ud83d\ude00)") == "\xF0\x9F\x98\x80");
  CHECK(text(R"(\u20AC\u0000)") == std::string("\xE2\x82\xAC\0", 4));
  CHECK(text(R"(\ud83dx)") == "\xEF\xBF\xBDx");
  CHECK(text(R"(\ud83d\n)") == "\xEF\xBF\xBD\n");
  CHECK(text(R"(\ude00)") == "\xEF\xBF\xBD");
  CHECK(text(R"(\ud83d)") == "\xEF\xBF\xBD");
}

TEST_CASE("a message that is no base64 spoils no other") {
  const auto parts = batch(R"({"r":[{"body":"Y!!h"},{"body":"YWFh"}]})", 5).value();
  REQUIRE(parts.contents.size() == 2);
  CHECK(parts.contents[0].error().code == Code::refused);
  CHECK(bytes(parts.contents[1]) == "aaa");
}

TEST_CASE("streams that are cut short or endless are refused") {
  CHECK(message(R"({"id":"m","raw":"YWFh)", 5).error().code == Code::no_answer);
  CHECK(message("{\"x\":\"" + std::string(3 << 20, 'x'), 4096).error().code == Code::refused);
  CHECK(message("", 1).error().code == Code::no_answer);
  std::string many = R"({"r":[)";
  for (int i = 0; i < 200; ++i) many += R"({"body":""},)";
  CHECK(batch(many + "{}]}", 4096).error().code == Code::refused);
}
