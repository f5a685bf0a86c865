// The list that `bulk send` is given: CSV with a header line, one message per row. The columns to, cc, bcc, subject and
// attach are what they say, with ';' between several addresses or files; all others are values for the template.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/mail/message.h"
#include "core/mail/template_text.h"

namespace mailmgr {

struct BulkListRow {
  std::size_t line = 0;  // where it begins, from 1
  std::string key;       // of the row: unique in the list
  std::vector<Address> to, cc, bcc;
  std::string subject;  // empty: the template's
  std::vector<std::string> attach;
  TemplateValues values;
};

// The whole list, checked. `key_column`: whose value is a row's key; empty: its addresses are, in any case, and then no
// two rows may go to the same. Code::usage names the lines that are wrong: rows with more or fewer fields than the
// header, columns there are twice or whose names no variable can have, addresses that do not parse, equal keys.
Result<std::vector<BulkListRow>> read_bulk_list(std::string_view csv, const std::string& key_column);

}  // namespace mailmgr
