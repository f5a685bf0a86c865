#include "core/base/encoding.h"

#include <doctest/doctest.h>

#include <random>

using namespace mailmgr;

TEST_CASE("base64 gives the vectors of RFC 4648") {
  CHECK(base64("") == "");
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foo") == "Zm9v");
  CHECK(base64("foob") == "Zm9vYg==");
  CHECK(base64("fooba") == "Zm9vYmE=");
  CHECK(base64("foobar") == "Zm9vYmFy");
}

TEST_CASE("base64url uses the URL-safe alphabet without padding") {
  CHECK(base64url("\xfb\xff") == "-_8");
  CHECK(base64("\xfb\xff") == "+/8=");
}

TEST_CASE("base64_decode undoes both alphabets for every length and byte") {
  std::mt19937 random(7);
  for (std::size_t length = 0; length < 300; ++length) {
    std::string bytes(length, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    CHECK(base64_decode(base64(bytes)) == bytes);
    CHECK(base64_decode(base64url(bytes)) == bytes);
  }
}

TEST_CASE("base64_decode skips line breaks wherever they are") {
  CHECK(base64_decode("Zm9v\r\nYmFy\r\n") == "foobar");
  CHECK(base64_decode("Z\nm9vYm\nE\n=\n") == "fooba");
  CHECK(base64_decode("\r\n") == "");
}

TEST_CASE("base64_decode refuses what is not base64") {
  CHECK_FALSE(base64_decode("Zm9v!mFy"));
  CHECK_FALSE(base64_decode("Zm9 v"));
  CHECK_FALSE(base64_decode(std::string_view("Zm\0v", 4)));
  CHECK_FALSE(base64_decode("Zm9\x80"));
}

TEST_CASE("base64_decode refuses a cut length and wrong padding") {
  CHECK_FALSE(base64_decode("Z"));
  CHECK_FALSE(base64_decode("Zm9vY"));
  CHECK_FALSE(base64_decode("Zg="));
  CHECK_FALSE(base64_decode("Zm8=="));
  CHECK_FALSE(base64_decode("Zm9v="));
  CHECK_FALSE(base64_decode("===="));
  CHECK_FALSE(base64_decode("Zg==Zg=="));
  CHECK_FALSE(base64_decode("Z==="));
}

TEST_CASE("hex is lower case") {
  CHECK(hex(std::string_view("\x00\x7f\xff", 3)) == "007fff");
}

TEST_CASE("percent_encode leaves only unreserved characters bare") {
  CHECK(percent_encode("aZ09-._~") == "aZ09-._~");
  CHECK(percent_encode("a/b?c=d&e+f g%") == "a%2Fb%3Fc%3Dd%26e%2Bf%20g%25");
  CHECK(percent_encode("\xc3\xa4\r\n") == "%C3%A4%0D%0A");
}

TEST_CASE("percent_decode undoes escapes and refuses bad ones") {
  CHECK(percent_decode("a%2Fb%2fc") == "a/b/c");
  CHECK(percent_decode("a+b") == "a+b");
  CHECK(percent_decode("a+b", true) == "a b");
  CHECK_FALSE(percent_decode("%"));
  CHECK_FALSE(percent_decode("%4"));
  CHECK_FALSE(percent_decode("%4g"));
  CHECK_FALSE(percent_decode("%-1"));
}

TEST_CASE("sha256 gives the known digest of abc") {
  CHECK(hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("is_valid_utf8 accepts every length and refuses what RFC 3629 forbids") {
  CHECK(is_valid_utf8("plain ascii that is longer than one machine word"));
  CHECK(is_valid_utf8("\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80"));
  CHECK_FALSE(is_valid_utf8("\xc0\xaf"));          // overlong
  CHECK_FALSE(is_valid_utf8("\xe0\x80\xaf"));      // overlong
  CHECK_FALSE(is_valid_utf8("\xed\xa0\x80"));      // surrogate
  CHECK_FALSE(is_valid_utf8("\xf4\x90\x80\x80"));  // above U+10FFFF
  CHECK_FALSE(is_valid_utf8("\xe2\x82"));          // cut
  CHECK_FALSE(is_valid_utf8("12345678\x80"));
}

TEST_CASE("to_valid_utf8 replaces each bad byte and keeps the rest") {
  CHECK(to_valid_utf8("a\xff\xfe z") == "a\xEF\xBF\xBD\xEF\xBF\xBD z");
  CHECK(to_valid_utf8("\xe2\x82") == "\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(to_valid_utf8("\xc3\xa4") == "\xc3\xa4");
}

TEST_CASE("comparing without case touches ASCII letters only") {
  CHECK(equals_ignoring_ascii_case("Content-Type", "content-TYPE"));
  CHECK_FALSE(equals_ignoring_ascii_case("a", "ab"));
  CHECK_FALSE(equals_ignoring_ascii_case("\xc3\x84", "\xc3\xa4"));
  CHECK(to_lower_ascii("Ab\xc3\x84Z") == "ab\xc3\x84z");
}
