#include "core/base/blob.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

using namespace mailmgr;

namespace {

std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 7 + i / 251);
  return bytes;
}

Blob written(std::string_view bytes, std::size_t piece) {
  BlobWriter writer;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    REQUIRE(writer.append(bytes.substr(0, piece)));
  }
  return std::move(writer).finish().value();
}

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "blob-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string file(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace

TEST_CASE("an empty blob has no bytes and gives no chunks") {
  const Blob blob;
  CHECK(blob.size() == 0);
  CHECK(blob.bytes().value().empty());
  bool called = false;
  CHECK(blob.each_chunk([&](std::string_view) { return called = true; }));
  CHECK_FALSE(called);
}

TEST_CASE("small blobs stay in memory") {
  const std::string bytes = pattern(Blob::kMemoryLimit);
  const Blob blob = written(bytes, 100'000);
  REQUIRE(blob.in_memory() != nullptr);
  CHECK(*blob.in_memory() == bytes);
}

TEST_CASE("large blobs leave memory and come back whole, in order and in small pieces") {
  const std::string bytes = pattern(3 * Blob::kMemoryLimit + 17);
  const Blob blob = written(bytes, 99'991);
  const Blob copy = blob;
  CHECK(copy.in_memory() == nullptr);
  CHECK(copy.size() == bytes.size());
  CHECK(copy.bytes().value() == bytes);
  std::string joined;
  std::size_t largest = 0;
  CHECK(blob.each_chunk([&](std::string_view chunk) {
    joined += chunk;
    largest = std::max(largest, chunk.size());
    return true;
  }));
  CHECK(joined == bytes);
  CHECK(largest <= 256 * 1024);
}

TEST_CASE("a sink ends the reading early") {
  for (const std::size_t size : {std::size_t{700'000}, std::size_t{2'000'000}}) {
    int calls = 0;
    CHECK(written(pattern(size), size).each_chunk([&](std::string_view) { return ++calls < 2; }));
    CHECK(calls == 2);
  }
}

TEST_CASE("a temporary folder that is not there is a store error") {
  const char* old = std::getenv("TMPDIR");
  const std::string kept = old != nullptr ? old : "";
  setenv("TMPDIR", "/nonexistent-folder", 1);
  BlobWriter writer;
  const auto appended = writer.append(pattern(Blob::kMemoryLimit + 1));
  if (kept.empty()) {
    unsetenv("TMPDIR");
  } else {
    setenv("TMPDIR", kept.c_str(), 1);
  }
  REQUIRE_FALSE(appended);
  CHECK(appended.error().code == Code::store);
}

TEST_CASE("files are read whole; what is missing or not a regular file is refused") {
  const Folder folder;
  const std::string bytes = pattern(2'000'000);
  std::ofstream(folder.file("mail"), std::ios::binary) << bytes;
  CHECK(Blob::read_file(folder.file("mail")).value().bytes().value() == bytes);
  CHECK(Blob::read_file(folder.file("missing")).error().code == Code::not_found);
  REQUIRE(mkfifo(folder.file("fifo").c_str(), 0600) == 0);
  CHECK(Blob::read_file(folder.file("fifo")).error().code == Code::usage);
  CHECK(Blob::read_file(folder.file(".")).error().code == Code::usage);
}
