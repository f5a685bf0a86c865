// The message types of the Gmail API's discovery document (revision 20260525): which fields a request body may have and
// of what type, and which names a `fields` mask may select. S/MIME and client-side encryption types are left out.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace mailmgr::sandbox::gmail {

struct FieldType {
  std::string type;  // string bytes int32 uint32 int64 uint64 boolean enum, or a schema's name
  bool repeated = false;
  std::vector<std::string> enum_values;  // for enum
};

// "string", "uint32*", "enum(a|b)*", "Message".
FieldType parse_field_type(std::string_view text);

class Schemas {
 public:
  Schemas();

  // nullptr if there is no such field; `schema` must exist or be empty.
  const FieldType* field(std::string_view schema, std::string_view name) const;
  bool has(std::string_view schema) const;

  // Throws ApiError for an unknown field or a value of a wrong type anywhere in `body`. Normalises 64-bit numbers to
  // strings, as the JSON mapping of protocol buffers allows both; a null member counts as absent and is removed.
  void check(nlohmann::json& body, std::string_view schema, const std::string& at = {}) const;

 private:
  void check_value(nlohmann::json& value, const FieldType& type, const std::string& at) const;

  std::map<std::string, std::map<std::string, FieldType, std::less<>>, std::less<>> schemas_;
};

// A request body as JSON: an empty one is {}. Throws ApiError if it is no JSON object or nested too deeply.
nlohmann::json parse_body(std::string_view text);

}  // namespace mailmgr::sandbox::gmail
