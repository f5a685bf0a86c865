#include "tests/support/secret_search.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "core/base/encoding.h"
#include "tests/support/unpack.h"

namespace mailmgr::test {
namespace {

constexpr std::size_t kPiece = 16;
constexpr std::size_t kStart = sizeof(std::uint64_t);
constexpr int kMaxDepth = 2;  // a stream in a stream

std::uint64_t start_of(std::string_view bytes) {
  std::uint64_t start;
  std::memcpy(&start, bytes.data(), kStart);
  return start;
}

// The characters of base64 that depend on `piece` alone when `before` bytes (0, 1 or 2) of the group precede it.
std::string base64_inside(std::string_view piece, std::size_t before) {
  const std::string whole = base64url(std::string(before, '\0') + std::string(piece));
  const std::size_t first = (before * 8 + 5) / 6;
  const std::size_t last = (before + piece.size()) * 8 / 6;
  return whole.substr(first, last - first);
}

std::string with_standard_alphabet(std::string text) {
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  return text;
}

std::string upper_hex(std::string_view bytes) {
  std::string digits = hex(bytes);
  for (char& c : digits) c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  return digits;
}

// "%41%42" from "4142".
std::string escaped(const std::string& digits) {
  std::string text;
  for (std::size_t i = 0; i < digits.size(); i += 2) text += '%' + digits.substr(i, 2);
  return text;
}

// percent_encode with lower-case digits, as some write it.
std::string percent_encode_lower(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    std::string one = percent_encode(std::string_view(&c, 1));
    text += one.size() == 3 ? to_lower_ascii(one) : one;
  }
  return text;
}

std::string json_escaped(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += c == '/' ? "\\/" : std::string(1, c);
  return text;
}

std::string without_breaks(std::string_view bytes) {
  std::string text;
  std::copy_if(bytes.begin(), bytes.end(), std::back_inserter(text),
               [](char c) { return c != '\r' && c != '\n' && c != ' ' && c != '\t'; });
  return text;
}

}  // namespace

void SecretSearch::add(const std::string& name, std::string_view secret) {
  if (secret.size() < kStart) throw std::invalid_argument("too short to search for: " + name);
  const std::size_t length = std::min(secret.size(), kPiece);
  for (std::size_t at = 0; at < secret.size(); at += length) {
    const std::string_view piece = secret.substr(std::min(at, secret.size() - length), length);
    add_needle(std::string(piece), name + ", plain");
    add_needle(json_escaped(piece), name + ", as JSON");
    for (auto text :
         {percent_encode(piece), percent_encode_lower(piece), escaped(hex(piece)), escaped(upper_hex(piece))})
      add_needle(std::move(text), name + ", percent-encoded");
    for (auto text : {hex(piece), upper_hex(piece)}) add_needle(std::move(text), name + ", hexadecimal");
    for (std::size_t before = 0; before < 3; ++before) {
      const std::string text = base64_inside(piece, before);
      add_needle(text, name + ", base64");
      add_needle(with_standard_alphabet(text), name + ", base64");
    }
  }
}

void SecretSearch::add_needle(std::string bytes, const std::string& what) {
  auto& same_start = by_start_[start_of(bytes)];
  if (std::any_of(same_start.begin(), same_start.end(), [&](const Needle* n) { return n->bytes == bytes; })) return;
  same_start.push_back(&needles_.emplace_back(Needle{std::move(bytes), what}));
}

void SecretSearch::scan(std::string_view bytes, const std::string& where, std::vector<std::string>& found) const {
  for (std::size_t at = 0; at + kStart <= bytes.size(); ++at) {
    const auto candidates = by_start_.find(start_of(bytes.substr(at)));
    if (candidates == by_start_.end()) continue;
    for (const Needle* needle : candidates->second) {
      const std::string line = needle->what + ", in " + where;
      const bool known = std::find(found.begin(), found.end(), line) != found.end();
      if (!known && bytes.substr(at).starts_with(needle->bytes)) found.push_back(line);
    }
  }
}

void SecretSearch::search(std::string_view bytes, const std::string& where, int depth,
                          std::vector<std::string>& found) const {
  scan(bytes, where, found);
  scan(without_breaks(bytes), where, found);
  if (depth == kMaxDepth) return;
  for (const auto& content : unpacked_streams(bytes)) search(content, where + " (compressed)", depth + 1, found);
}

std::vector<std::string> SecretSearch::find(std::string_view bytes, const std::string& where) const {
  std::vector<std::string> found;
  search(bytes, where, 0, found);
  return found;
}

std::vector<std::string> SecretSearch::find_in_folder(const std::string& folder) const {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    scan(entry.path().string(), "the name " + entry.path().string(), found);
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    search(bytes, entry.path().string(), 0, found);
  }
  return found;
}

}  // namespace mailmgr::test
