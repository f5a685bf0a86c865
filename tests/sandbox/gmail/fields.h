// Partial responses: the `fields` parameter ("messages(id,labelIds),nextPageToken", "payload/headers", "*").
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "tests/sandbox/gmail/schema.h"

namespace mailmgr::sandbox::gmail {

// Keeps what `mask` selects of an answer of type `schema`. Throws ApiError "Invalid field selection" for a bad mask or
// a name the schema does not have.
void select_fields(nlohmann::json& answer, std::string_view mask, const Schemas& schemas, std::string_view schema);

}  // namespace mailmgr::sandbox::gmail
