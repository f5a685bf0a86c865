// OData query options and the Prefer header, parsed strictly: an option that the operation does not have is an error.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sandbox/api.h"

namespace mailmgr::sandbox::graph {

class QueryOptions {
 public:
  QueryOptions() = default;
  // Faults (400 BadRequest) for undecodable text, duplicates and names that are not `allowed`.
  QueryOptions(std::string_view query, std::initializer_list<std::string_view> allowed);

  bool has(std::string_view name) const { return values_.contains(std::string(name)); }
  const std::string& get(std::string_view name) const;  // empty if absent
  // $top, $skip: nullopt if absent; a fault unless it is a number in the range.
  std::optional<std::size_t> number(std::string_view name, std::size_t least, std::size_t most) const;
  bool flag(std::string_view name) const;  // "true" or "false"; false if absent
  const std::map<std::string, std::string>& all() const { return values_; }

 private:
  std::map<std::string, std::string> values_;
};

// The Prefer request header (RFC 7240) as Graph's mail API reads it; unknown preferences are ignored.
struct Preferences {
  bool immutable_ids = false;                // IdType="ImmutableId"
  bool text_body = false;                    // outlook.body-content-type="text"
  std::optional<std::size_t> max_page_size;  // odata.maxpagesize
};
Preferences parse_preferences(const HeaderList& headers);

// One navigation property of $expand with its options in brackets.
struct Expand {
  std::string name;
  std::vector<std::string> select;
  std::string filter;
};

std::vector<std::string> split_list(std::string_view text, char separator = ',');  // trimmed, brackets respected
std::vector<Expand> parse_expand(std::string_view text);

}  // namespace mailmgr::sandbox::graph
