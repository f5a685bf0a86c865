// A person's editor ($VISUAL, else $EDITOR, else vi) on a text that is kept as it grows.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/ports/clock.h"
#include "core/ports/stop.h"
#include "core/ports/wakeups.h"

namespace mailmgr {

// The words of $VISUAL or $EDITOR, split at blanks ("code --wait"); no shell reads them.
std::vector<std::string> editor_command();

struct EditJob {
  std::vector<std::string> command;
  std::string folder;  // where the file is made (editing_folder.h)
  std::string name;    // of letters and digits, by which a later run knows what a killed one left
  std::string text;    // to begin with
  // Hears of the text whenever the editor has written it, every two seconds at the most, so that little is lost when
  // this process dies. Where it fails the editor goes on, and it is asked again.
  std::function<Status(const std::string&)> keep;
  Wakeups* terminal = nullptr;  // told that the editor has the terminal; may be none
};

// Runs the editor on a private file, and returns what it holds in the end, which `keep` has taken. Standard output,
// where it is no terminal, is not the editor's: it has the terminal itself. Code::partial: the editor could not be
// started or failed; interrupted: `stop`, on which the editor is asked to end (SIGTERM). What could not be kept stays
// in its file, which the error names; else the file goes.
Result<std::string> edit_text(const EditJob& job, Clock& clock, const Stop& stop);

}  // namespace mailmgr
