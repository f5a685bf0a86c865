// A small collection of JSON resources with create, read, update and delete: master categories, message rules and
// focused-inbox overrides.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace mailmgr::sandbox::graph {

struct Documents {
  std::string_view type;                     // in schema.h
  std::string_view unique;                   // a property whose values must differ; may be empty
  std::map<std::string, std::string> items;  // id → JSON
};

}  // namespace mailmgr::sandbox::graph
