// The search for secrets finds what it must: otherwise finding none would prove nothing.
#include "tests/support/secret_search.h"

#include <doctest/doctest.h>
#include <zlib.h>
#include <zstd.h>

#include "core/base/encoding.h"
#include "tests/support/process.h"

using namespace mailmgr;
using namespace mailmgr::test;

namespace {

const std::string kSecret = "1//0canary-token/of+a~test_with.everything-6f1d";

std::string around(const std::string& text) {
  return "{\"level\":\"debug\",\"note\":\"" + text + "\",\"more\":1}\n" + std::string(40, '\0') + "end";
}

std::string deflated(const std::string& text, int window_bits) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string result(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  result.resize(stream.total_out);
  deflateEnd(&stream);
  return result;
}

std::string gzipped(const std::string& text) {
  return deflated(text, 15 + 16);
}

std::string zstd(const std::string& text) {
  std::string result(ZSTD_compressBound(text.size()), '\0');
  result.resize(ZSTD_compress(result.data(), result.size(), text.data(), text.size(), 3));
  return result;
}

bool is_found(const std::string& bytes) {
  SecretSearch search;
  search.add("canary", kSecret);
  return !search.find(bytes, "here").empty();
}

std::string escaped_whole(const std::string& text) {
  std::string result;
  for (const char c : text) result += '%' + hex(std::string(1, c));
  return result;
}

}  // namespace

TEST_CASE("a planted secret is found in every form it may take") {
  CHECK(is_found(around(kSecret)));
  CHECK(is_found(around(percent_encode(kSecret))));
  CHECK(is_found(around(to_lower_ascii(percent_encode(kSecret)))));
  CHECK(is_found(around(escaped_whole(kSecret))));
  CHECK(is_found(around(hex(kSecret))));
  CHECK(is_found(around("1\\/\\/0canary-token\\/of+a~test_with.everything-6f1d")));
  for (std::size_t before = 0; before < 6; ++before) {
    for (std::size_t after = 0; after < 3; ++after) {
      const std::string text = std::string(before, 'x') + kSecret + std::string(after, 'y');
      CHECK(is_found(around(base64(text))));
      CHECK(is_found(around(base64url(text))));
    }
  }
}

TEST_CASE("a planted secret is found in compressed form, also within another encoding") {
  for (const auto& text : {kSecret, base64(kSecret), percent_encode(kSecret)}) {
    CHECK(is_found(around(gzipped(around(text)))));
    CHECK(is_found(around(deflated(around(text), 15))));
    CHECK(is_found(around(zstd(around(text)))));
  }
  CHECK(is_found(zstd(gzipped(around(kSecret)))));
  const std::string cut = gzipped(around(kSecret));
  CHECK(is_found(cut.substr(0, cut.size() - 12)));  // the rest was not written yet
}

TEST_CASE("a secret that is cut, split or broken over lines is found") {
  CHECK(is_found(kSecret.substr(0, kSecret.size() / 2 + 8)));
  CHECK(is_found(kSecret.substr(kSecret.size() / 2 - 8)));
  const std::string text = base64(kSecret);
  CHECK(is_found(text.substr(0, 11) + "\r\n " + text.substr(11)));
}

TEST_CASE("what is no secret is not found") {
  CHECK_FALSE(is_found(around("1//0canary")));
  CHECK_FALSE(is_found(around(base64("1//0 another token altogether, of the same length"))));
  CHECK_FALSE(is_found(gzipped(std::string(100'000, 'x'))));
}

TEST_CASE("files and their names are searched, and what is found says where") {
  const TemporaryFolder folder;
  folder.write("data/one", "nothing");
  SecretSearch search;
  search.add("canary", "canary-of-a-test");
  CHECK(search.find_in_folder(folder.path()).empty());
  const std::string planted = folder.write("data/two", zstd(around("canary-of-a-test")));
  const auto found = search.find_in_folder(folder.path());
  REQUIRE(!found.empty());
  CHECK(found.front().starts_with("canary, plain, in " + planted));
  folder.write("data/canary-of-a-test", "");
  CHECK(search.find_in_folder(folder.path()).size() > found.size());
}
