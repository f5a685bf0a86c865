#include "core/system/editor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <system_error>

#include "core/base/descriptor.h"
#include "core/base/shell_word.h"
#include "core/system/child_process.h"
#include "core/system/editing_folder.h"

namespace mailmgr {
namespace {

constexpr milliseconds kEditorPoll{50};
constexpr int kPollsPerLook = 40;    // two seconds
constexpr int kPollsToEnd = 5 * 20;  // that an editor has after SIGTERM: five seconds

// The standard output of an editor.
class EditorScreen {
 public:
  EditorScreen() : terminal_(isatty(STDOUT_FILENO) ? -1 : ::open("/dev/tty", O_RDWR | O_CLOEXEC)) {}
  int fd() const { return isatty(STDOUT_FILENO) ? STDOUT_FILENO : terminal_ ? terminal_.get() : STDERR_FILENO; }

 private:
  Descriptor terminal_;
};

class Editing {
 public:
  Editing(const EditJob& job, EditingFolder folder, Clock& clock, const Stop& stop)
      : job_(job), folder_(std::move(folder)), clock_(clock), stop_(stop), kept_(job.text) {}

  Result<std::string> run() {
    auto words = job_.command;
    words.push_back(folder_.file());
    {
      const TerminalLent lent(job_.terminal);
      const EditorScreen screen;
      const int problem = editor_.start(words, STDIN_FILENO, screen.fd(), STDERR_FILENO);
      if (problem != 0)
        return failed(std::generic_category().message(problem), "set EDITOR to an editor that is installed");
      wait();
    }
    return conclude();
  }

 private:
  void wait() {
    for (int polls = 1; !editor_.ended(); ++polls) {
      if (polls % kPollsPerLook == 0) look();
      if (clock_.sleep_for(kEditorPoll, stop_)) continue;
      stopped_ = true;
      return end();
    }
  }

  // Editors save what they can of it on SIGTERM.
  void end() {
    editor_.signal(SIGTERM);
    for (int polls = 0; !editor_.ended(); ++polls) {
      if (polls == kPollsToEnd) editor_.signal(SIGKILL);
      clock_.sleep_for(kEditorPoll, Stop());
    }
  }

  void look() {
    auto now = folder_.read();
    // In the moment in which an editor puts a new file in place there may be none.
    if (now && *now != kept_ && job_.keep(*now)) kept_ = *std::move(now);
  }

  Result<std::string> conclude() {
    auto edited = folder_.read();
    if (!edited) return left(edited.error());
    if (*edited != kept_) {
      if (auto kept = job_.keep(*edited); !kept) return left(kept.error());
    }
    const bool killed = stopped_ || WIFSIGNALED(editor_.status());
    const std::string more =
        killed && folder_.has_more() ? fmt::format("what the editor had not written may be in {}", folder_.stay()) : "";
    if (stopped_) return Error{Code::interrupted, "stopped while the editor had the text", more};
    if (editor_.status() != 0) return failed(how_it_ended(editor_.status()), more);
    return edited;
  }

  Error failed(std::string_view why, std::string hint) const {
    return {Code::partial, fmt::format("running the editor {}: {}", shell_words(job_.command), why), std::move(hint)};
  }

  Error left(Error error) {
    error.message = fmt::format("keeping the edited text: {}; it is in {} now", error.message, folder_.file());
    error.hint = fmt::format("move {} to a safe place", folder_.file());
    folder_.stay();
    return error;
  }

  const EditJob& job_;
  EditingFolder folder_;
  Clock& clock_;
  const Stop& stop_;
  std::string kept_;  // the last text that is safe
  ChildProcess editor_{ChildProcess::Session::ours};
  bool stopped_ = false;
};

}  // namespace

std::vector<std::string> editor_command() {
  for (const char* name : {"VISUAL", "EDITOR"}) {
    if (auto command = command_in_environment(name); !command.empty()) return command;
  }
  return {"vi"};
}

Result<std::string> edit_text(const EditJob& job, Clock& clock, const Stop& stop) {
  auto folder = EditingFolder::make(job.folder, job.name, job.text);
  if (!folder) return folder.error();
  return Editing(job, *std::move(folder), clock, stop).run();
}

}  // namespace mailmgr
