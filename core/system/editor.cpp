#include "core/system/editor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <sstream>
#include <system_error>

#include "core/base/descriptor.h"
#include "core/base/shell_word.h"
#include "core/system/child_process.h"

namespace mailmgr {
namespace {

constexpr milliseconds kEditorPoll{50};
constexpr int kPollsPerLook = 40;  // two seconds
constexpr std::size_t kLongestEdited = std::size_t{32} << 20;

// A folder of our own, which goes away with whatever the editor left beside the file (backups, swap files).
class EditingFolder {
 public:
  static Result<EditingFolder> make(const std::string& parent) {
    std::string path = parent + "/editing-XXXXXX";
    if (!mkdtemp(path.data())) {
      return Error{Code::store, fmt::format("making {}: {}", path, std::generic_category().message(errno)),
                   "check the folder and its permissions"};
    }
    return EditingFolder(std::move(path));
  }
  EditingFolder(EditingFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  EditingFolder& operator=(EditingFolder&&) = delete;
  ~EditingFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  std::string file() const { return path_ + "/message.txt"; }

 private:
  explicit EditingFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

Error file_trouble(std::string_view doing, const std::string& path) {
  return {Code::store, fmt::format("{} {}: {}", doing, path, std::generic_category().message(errno)),
          errno == ENOSPC ? "free some space, then run the same command again" : ""};
}

Status write_text(const std::string& path, std::string_view text) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return file_trouble("writing", path);
  while (!text.empty()) {
    const auto count = ::write(file.get(), text.data(), text.size());
    if (count < 0 && errno != EINTR) return file_trouble("writing", path);
    if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

// By its name: many editors write another file and put it in the place of the old one.
Result<std::string> read_edited(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file) return file_trouble("reading", path);
  std::string text;
  std::array<char, 64 * 1024> piece;
  while (true) {
    const auto count = ::read(file.get(), piece.data(), piece.size());
    if (count == 0) return text;
    if (count < 0 && errno != EINTR) return file_trouble("reading", path);
    if (count > 0) text.append(piece.data(), static_cast<std::size_t>(count));
    if (text.size() > kLongestEdited) return Error{Code::too_large, "the edited text is longer than 32 MiB", ""};
  }
}

}  // namespace

std::vector<std::string> editor_command() {
  for (const char* name : {"VISUAL", "EDITOR"}) {
    const char* value = std::getenv(name);
    std::istringstream words(value ? value : "");
    std::vector<std::string> command;
    for (std::string word; words >> word;) command.push_back(word);
    if (!command.empty()) return command;
  }
  return {"vi"};
}

Result<std::string> edit_text(const std::vector<std::string>& command, const std::string& folder,
                              const std::string& text, const std::function<Status(const std::string&)>& keep,
                              Clock& clock, const Stop& stop) {
  auto place = EditingFolder::make(folder);
  if (!place) return place.error();
  const auto file = place->file();
  if (auto written = write_text(file, text); !written) return written.error();
  std::string kept = text;
  const auto look = [&]() -> Status {
    auto now = read_edited(file);
    // In the moment in which an editor puts a new file in place there may be none.
    if (!now || *now == kept) return {};
    kept = *std::move(now);
    return keep(kept);
  };

  auto words = command;
  words.push_back(file);
  ChildProcess editor(ChildProcess::Session::ours);
  const int problem = editor.start(words, STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO);
  if (problem != 0) {
    return Error{Code::partial,
                 fmt::format("running the editor {}: {}", shell_words(command), std::generic_category().message(problem)),
                 "set EDITOR to an editor that is installed"};
  }
  for (int polls = 1; !editor.ended(); ++polls) {
    if (polls % kPollsPerLook == 0) {
      if (auto looked = look(); !looked) return looked.error();
    }
    if (!clock.sleep_for(kEditorPoll, stop)) {
      if (auto looked = look(); !looked) return looked.error();
      return Stop::error();
    }
  }
  auto edited = read_edited(file);
  if (!edited) return edited.error();
  if (*edited != kept) {
    if (auto done = keep(*edited); !done) return done.error();
  }
  if (editor.status() != 0) {
    return Error{Code::partial,
                 fmt::format("running the editor {}: {}", shell_words(command), how_it_ended(editor.status())), ""};
  }
  return edited;
}

}  // namespace mailmgr
