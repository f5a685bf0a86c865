// Questions to the person at the terminal.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/secret.h"

namespace mailmgr {

class App;

// Goes on only after a yes. Without a terminal or with --no-input: usage, naming --yes.
Status confirm(App& app, std::string_view question, std::string_view command);

// A secret typed with the echo off; usage naming `flag` where nothing can be asked.
Result<Secret> ask_secret(App& app, std::string_view question, std::string_view flag);

// A line of text; usage naming `flag` where nothing can be asked.
Result<std::string> ask_line(App& app, std::string_view question, std::string_view flag);

}  // namespace mailmgr
