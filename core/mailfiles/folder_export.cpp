#include "core/mailfiles/folder_export.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "core/base/failpoint.h"
#include "core/base/file_io.h"

namespace mailmgr {
namespace {

constexpr const char* kRecordName = ".mailmgr-export.json";
constexpr std::size_t kLongestRecord = std::size_t{1} << 20;

}  // namespace

int read_record_file(int folder, const std::string& name, std::optional<ExportRecord>& record) {
  const Descriptor file(openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file) return errno == ENOENT ? 0 : errno;
  std::string text(kLongestRecord, '\0');
  const auto count = read_some(file.get(), text);
  if (count < 0) return errno;
  record = read_record(std::string_view(text).substr(0, static_cast<std::size_t>(count)));
  return 0;
}

Error not_ours(const std::string& shown_path) {
  return {Code::usage, fmt::format("exporting: there is a file {} that no export of mailmgr wrote", shown_path),
          "another name, or --force"};
}

Status FolderExport::load() {
  if (!dry_run_) {
    if (auto locked = lock(); !locked) return locked;
  }
  const int problem = tree_.exists() ? read_record_file(tree_.top(), kRecordName, last_) : 0;
  return problem == 0 ? list_.load(tree_) : Status(tree_.failure("", kRecordName, problem));
}

Status FolderExport::lock() {
  lock_ = Descriptor(openat(tree_.top(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock_) return tree_.failure("", "", errno);
  if (flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return tree_.failure("", "", errno);
    return Error{Code::busy, fmt::format("exporting to {}: another export writes there", tree_.path()),
                 "wait for it to end"};
  }
  return {};
}

Status FolderExport::begin(const ExportRecord& record) {
  return replace_small_file(tree_.top(), kRecordName, tree_.path() + "/" + kRecordName, to_json(record) + "\n");
}

Status FolderExport::finish(const ExportRecord& record) {
  if (auto done = complete(); !done) return done;
  // All files at once: one by one this would take longer than writing them.
  if (syncfs(tree_.top()) != 0) return tree_.failure("", "", errno);
  failpoint("export.written");
  return replace_small_file(tree_.top(), kRecordName, tree_.path() + "/" + kRecordName, to_json(record) + "\n");
}

Result<std::unique_ptr<ExportTarget>> open_export_target(const TargetOptions& options) {
  switch (options.format) {
    case MailFormat::maildir:
      return open_maildir_target(options);
    case MailFormat::eml:
      return open_eml_target(options);
    case MailFormat::mbox:
    case MailFormat::jsonl:
      break;
  }
  return open_file_target(options);
}

}  // namespace mailmgr
