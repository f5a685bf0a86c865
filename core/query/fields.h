// The table of fields, and what their values may be. Private to this room.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/query/query.h"

namespace mailmgr::query {

// Whether there is anything in it to look for in a text: a letter, a digit, a character of any script.
bool has_word(std::string_view text);

enum class ValueKind { text, message_id, domain, is, has, size, number, date, age };

struct FieldInfo {
  std::string_view name;  // as written, without ':'
  Field field;
  ValueKind value;
};

const FieldInfo* find_field(std::string_view lower_case_name);  // nullptr if there is none of that name
std::string_view name_of(Field field);
std::string field_names();  // "from: to: cc: …"

// The value as a term; on failure `Error::message` says only what is wrong with the value.
Result<Term> make_term(const FieldInfo& info, std::string text, bool phrase, Time now);

}  // namespace mailmgr::query
