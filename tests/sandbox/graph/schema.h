// The types of request bodies, from Graph's CSDL (v1.0, 2026): which properties an object may have and of what kind.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sandbox/api.h"

namespace mailmgr::sandbox::graph {

// Parses a JSON object; faults (400 BadRequest) for anything else.
nlohmann::json parse_object(std::string_view body);

// Faults (400 RequestBodyRead) unless every property of `object` exists on `type` ("message", without namespace) with a
// value of its type; "@odata" annotations are let through.
void check_object(const nlohmann::json& object, std::string_view type);

// An action's parameters, whose names are compared without regard to case, under the names in `allowed` ("name:type").
// An empty body is an empty object.
nlohmann::json action_parameters(std::string_view body, std::initializer_list<std::string_view> allowed);

// Whether `type` has that property, for $select.
bool has_property(std::string_view type, std::string_view property);

}  // namespace mailmgr::sandbox::graph
