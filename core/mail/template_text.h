// Templates of mail: text with variables.
//
//   Dear {{first-name}}, your order {{ order.id }} …
//
// A name consists of letters of any script, digits, '_', '-' and '.'; blanks around it do not count, case does. Values
// go in once, as data: braces in a value are just braces. In HTML they are escaped, so a value can be neither a tag nor
// leave a quoted attribute; in a subject they must be free of line breaks. "{{{{" stands for two literal braces:
// "{{{{name}}" gives "{{name}}". Closing braces alone mean nothing.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace mailmgr {

struct MailTemplate {
  std::string subject;
  std::optional<std::string> text, html;
};

using TemplateValues = std::map<std::string, std::string, std::less<>>;

struct FilledTemplate {
  MailTemplate content;
  std::vector<std::string> unused;  // names of values that no part of the template asks for
};

// Code::usage names every variable without a value and where it stands ("text, line 3, column 9"; lines and columns
// count from 1, columns in characters); also for "{{" that begins no variable, for values that are not UTF-8, and for
// line breaks and control characters in what goes into the subject. Callers say which template it is (Error::within).
Result<FilledTemplate> fill_template(const MailTemplate& pattern, const TemplateValues& values);

// The names of its variables, each once, in the order subject, text, HTML. Code::usage for "{{" that begins none: a
// template that can be listed can be filled.
Result<std::vector<std::string>> template_variables(const MailTemplate& pattern);

// Whether a variable can have this name, for --var and the columns of a table.
bool is_variable_name(std::string_view name);

}  // namespace mailmgr
