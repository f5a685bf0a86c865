#include "tests/sandbox/gmail/params.h"

#include <algorithm>

#include "core/base/encoding.h"
#include "core/base/url.h"
#include "tests/sandbox/gmail/errors.h"

namespace mailmgr::sandbox::gmail {
namespace {

// The discovery document's own "parameters", and upload_id, which only links of resumable sessions carry.
const std::map<std::string, FieldType, std::less<>>& global_parameters() {
  static const std::map<std::string, FieldType, std::less<>> parameters = [] {
    std::map<std::string, FieldType, std::less<>> map;
    for (const char* name : {"access_token", "callback", "fields", "key", "oauth_token", "quotaUser", "upload_protocol",
                             "uploadType", "upload_id"}) {
      map[name] = parse_field_type("string");
    }
    map["alt"] = parse_field_type("enum(json|media|proto)");
    map["$.xgafv"] = parse_field_type("enum(1|2)");
    map["prettyPrint"] = parse_field_type("boolean");
    return map;
  }();
  return parameters;
}

// "maxResults" as the protocol buffer calls it: "max_results".
std::string proto_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') {
      out += '_';
      out += static_cast<char>(c - 'A' + 'a');
    } else {
      out += c;
    }
  }
  return out;
}

// Google's front end reads enum values without regard to case; the canonical spelling is returned.
std::string checked(const std::string& name, const std::string& value, const FieldType& type) {
  if (type.type == "enum") {
    for (const auto& allowed : type.enum_values) {
      if (equals_ignoring_ascii_case(allowed, value)) {
        return allowed;
      }
    }
    throw invalid_value(proto_name(name), "TYPE_ENUM", value);
  }
  if (type.type == "boolean") {
    if (value == "true" || value == "1") {
      return "true";
    }
    if (value == "false" || value == "0") {
      return "false";
    }
    throw invalid_value(proto_name(name), "TYPE_BOOL", value);
  }
  if (type.type == "uint32" || type.type == "uint64") {
    const std::size_t longest = type.type == "uint32" ? 9 : 19;
    const bool digits = !value.empty() && value.find_first_not_of("0123456789") == std::string::npos;
    if (!digits || value.size() > longest) {
      throw invalid_value(proto_name(name), type.type == "uint32" ? "TYPE_UINT32" : "TYPE_UINT64", value);
    }
  }
  return value;
}

}  // namespace

Params::Params(std::string_view query, const Method& method) {
  auto decoded = decode_query(query);
  if (!decoded) {
    throw invalid_argument("Invalid query string: " + decoded.error().message);
  }
  for (const auto& [name, value] : *decoded) {
    auto found = method.parameters.find(name);
    if (found == method.parameters.end()) {
      found = global_parameters().find(name);
      if (found == global_parameters().end()) {
        throw unknown_name(name, "", true);
      }
    }
    auto& values = values_[name];
    if (!values.empty() && !found->second.repeated) {
      throw bad_json("Unknown name \"" + name + "\": Proto field is not repeating, cannot start list.");
    }
    values.push_back(checked(name, value, found->second));
  }
  if (text("alt", "json") != "json") {
    throw invalid_argument("The sandbox answers with alt=json only.");
  }
}

std::string Params::text(std::string_view name, std::string_view fallback) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::string(fallback) : found->second.front();
}

bool Params::flag(std::string_view name, bool fallback) const {
  return has(name) ? text(name) == "true" : fallback;
}

std::uint64_t Params::number(std::string_view name, std::uint64_t fallback) const {
  return has(name) ? std::stoull(text(name)) : fallback;
}

std::vector<std::string> Params::list(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

}  // namespace mailmgr::sandbox::gmail
