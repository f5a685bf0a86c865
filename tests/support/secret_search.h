// Searches bytes for secrets in every form in which a program may let them out: plain, in base64 of both alphabets at
// all three alignments, percent-encoded, hexadecimal, with JSON's escapes, broken over lines, and all of these inside
// gzip, zlib and zstd streams. A secret counts as found when 16 bytes of it in a row are there, so one that is cut or
// spread over two pages is found too.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mailmgr::test {

class SecretSearch {
 public:
  // `secret` has at least 8 bytes.
  void add(const std::string& name, std::string_view secret);

  // What is in `bytes`, one line each ("refresh_token, base64, in stderr"), or nothing.
  std::vector<std::string> find(std::string_view bytes, const std::string& where) const;
  // The same in every file below `folder`, names of files included.
  std::vector<std::string> find_in_folder(const std::string& folder) const;

 private:
  struct Needle {
    std::string bytes, what;
  };

  void add_needle(std::string bytes, const std::string& what);
  void scan(std::string_view bytes, const std::string& where, std::vector<std::string>& found) const;
  void search(std::string_view bytes, const std::string& where, int depth, std::vector<std::string>& found) const;

  std::deque<Needle> needles_;
  std::unordered_map<std::uint64_t, std::vector<const Needle*>> by_start_;  // by the first 8 bytes
};

}  // namespace mailmgr::test
