// $filter: OData boolean expressions over an entity's properties, with the operators that Graph offers for mail: eq ne
// gt ge lt le, and or not, parentheses, contains startswith endswith, and any() over a collection. The entity is behind
// an interface, so that a property is read only when the expression needs it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mailmgr::sandbox::graph {

enum class PropertyType { boolean, text, time, number, collection };
// The properties that may be named, by their path ("from/emailAddress/address").
using PropertyTypes = std::map<std::string, PropertyType, std::less<>>;

struct Time64 {
  std::int64_t seconds = 0;
  auto operator<=>(const Time64&) const = default;
};
using Value = std::variant<std::monostate, bool, std::string, Time64, std::int64_t>;  // monostate is null

// One element of a collection: its own value under "", or its members' values.
using Element = std::map<std::string, std::string>;

class Entity {
 public:
  virtual ~Entity() = default;
  virtual Value value(std::string_view path) const = 0;
  virtual std::vector<Element> elements(std::string_view path) const = 0;
};

class Filter {
 public:
  // Faults (400 BadRequest) for bad syntax, unknown properties of `type_name` and values of the wrong type.
  static Filter parse(std::string_view text, const PropertyTypes& properties, std::string_view type_name);
  Filter(Filter&&) noexcept;
  Filter& operator=(Filter&&) noexcept;
  ~Filter();

  bool matches(const Entity& entity) const;
  const std::vector<std::string>& properties() const { return properties_; }  // in the order of the text

  struct Node;

 private:
  Filter() = default;
  std::unique_ptr<Node> root_;
  std::vector<std::string> properties_;
};

// "2026-01-31" or RFC 3339, as in an unquoted literal.
bool parse_time_literal(std::string_view text, std::int64_t& seconds);

}  // namespace mailmgr::sandbox::graph
