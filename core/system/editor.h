// A person's editor ($VISUAL, else $EDITOR, else vi) on a text that is kept as it grows.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/ports/clock.h"
#include "core/ports/stop.h"

namespace mailmgr {

// The words of $VISUAL or $EDITOR, split at blanks ("code --wait"); no shell reads them.
std::vector<std::string> editor_command();

// Runs the editor on a private file in `folder` that begins with `text`, and returns what it holds in the end. The file
// goes away again. `keep` hears of the text whenever the editor has written it, every two seconds at the most, so that
// little is lost when this process dies. Code::partial: the editor could not be started or failed; store: the file
// could not be written or read; interrupted: `stop` (the last text was kept).
Result<std::string> edit_text(const std::vector<std::string>& command, const std::string& folder,
                              const std::string& text, const std::function<Status(const std::string&)>& keep,
                              Clock& clock, const Stop& stop);

}  // namespace mailmgr
