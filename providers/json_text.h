// Reads a provider's JSON. What a server sends is hostile: depth is limited, every access is typed, and a missing key
// or a wrong type reads as "not there". Long strings (messages in base64, bodies, delta links) are not copied into the
// document: they stay in the text they came in, because copying them through a DOM is what reading mail would mostly
// cost. They are checked as all else is; their escapes are replaced when they are read. Not thread-safe, reading
// included.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace mailmgr {

class JsonText {
 public:
  static constexpr int kMaxDepth = 64;

  // `text` must outlive the result. Code::try_later when it is not one whole JSON value: it was cut off, or something
  // in between (a proxy, a captive portal) answered instead.
  static Result<JsonText> parse(std::string_view text);

  const nlohmann::json& root() const { return *root_; }

  // The member of an object; a null value when `node` is no object or has no such member.
  static const nlohmann::json& at(const nlohmann::json& node, const char* key);
  // The member where it is an array, else an empty one.
  static const nlohmann::json& array_at(const nlohmann::json& node, const char* key);
  static std::optional<bool> bool_at(const nlohmann::json& node, const char* key);
  // Accepts a number as well as a decimal string (Google writes 64-bit integers as strings).
  static std::optional<std::int64_t> int_at(const nlohmann::json& node, const char* key);
  // The same for what cannot be negative.
  static std::optional<std::uint64_t> count_at(const nlohmann::json& node, const char* key);

  // A string, valid UTF-8; empty where `node` is none. Valid while this object and its text live. A long string without
  // escapes is given as it stands in the text, uncopied.
  std::string_view view(const nlohmann::json& node) const;
  // A string member; empty where there is none.
  std::string string_at(const nlohmann::json& node, const char* key) const;
  // The strings of an array member; what is none, or empty, is left out.
  std::vector<std::string> strings_at(const nlohmann::json& node, const char* key) const;
  // The value as JSON text, long strings included.
  std::string raw(const nlohmann::json& node) const;

 private:
  JsonText() = default;
  std::string_view lifted(std::size_t number) const;
  nlohmann::json whole(const nlohmann::json& node) const;

  struct Lifted {
    std::string_view text;
    bool has_escapes = false;
    std::unique_ptr<const std::string> decoded = nullptr;  // once it was read, where it has escapes
  };
  static bool lift(std::string_view text, std::string& skeleton, std::vector<Lifted>& lifted);

  std::shared_ptr<const nlohmann::json> root_;
  mutable std::vector<Lifted> lifted_;
};

// `text` as a JSON string with its quotes; invalid UTF-8 is replaced.
std::string json_quoted(std::string_view text);

}  // namespace mailmgr
