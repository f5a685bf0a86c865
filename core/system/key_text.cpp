#include "core/system/key_text.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <optional>

#include "core/base/encoding.h"
#include "core/ports/keys.h"

namespace mailmgr {
namespace {

constexpr std::size_t kShortestPassphrase = 12;  // also catches the "not found" of a command that ends well

// OWASP's parameters for 32 MiB: about a third of a second.
constexpr std::uint64_t kScryptN = 1 << 15;
constexpr std::uint64_t kScryptR = 8;
constexpr std::uint64_t kScryptP = 3;
constexpr std::uint64_t kScryptMemory = 64 << 20;

std::string_view without_line_end(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

std::optional<Secret> decoded(std::string_view line) {
  // 64 hexadecimal digits are base64 too, of 48 bytes.
  auto key = line.size() == 2 * kKeySize ? hex_decode(line) : base64_decode(line);
  if (!key || key->size() != kKeySize) return std::nullopt;
  return Secret::take(*key);
}

std::optional<Secret> stretched(std::string_view passphrase, std::string_view salt) {
  std::string key(kKeySize, '\0');
  const int done = EVP_PBE_scrypt(passphrase.data(), passphrase.size(),
                                  reinterpret_cast<const unsigned char*>(salt.data()), salt.size(), kScryptN, kScryptR,
                                  kScryptP, kScryptMemory, reinterpret_cast<unsigned char*>(key.data()), key.size());
  if (done != 1) return std::nullopt;
  return Secret::take(key);
}

}  // namespace

Result<Secret> key_from_text(const Secret& text, std::string_view salt, std::string_view what) {
  const auto refuse = [&](std::string_view why) {
    return Error{Code::config, fmt::format("{}: {}", what, why), "a key is one line: openssl rand -base64 32"};
  };
  const std::string_view line = without_line_end(text.reveal());
  if (line.empty()) return refuse("it is empty");
  if (line.find_first_of(std::string_view("\n\r\0", 3)) != std::string_view::npos) {
    return refuse("it is more than one line");
  }
  if (auto key = decoded(line)) return *std::move(key);
  if (salt.empty()) return refuse("it does not hold a key (32 bytes as base64 or hexadecimal)");
  if (line.size() < kShortestPassphrase) {
    return refuse(fmt::format("as a passphrase it is too short (less than {} bytes)", kShortestPassphrase));
  }
  auto key = stretched(line, salt);
  if (!key) return Error{Code::internal, fmt::format("{}: scrypt failed", what), ""};
  return *std::move(key);
}

Secret key_as_text(const Secret& key) {
  std::string line = base64(key.reveal()) + '\n';
  return Secret::take(line);
}

}  // namespace mailmgr
