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

Status FolderExport::load() {
  if (tree_.exists()) {
    const Descriptor file(openat(tree_.top(), kRecordName, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file && errno != ENOENT) return tree_.failure("", kRecordName, errno);
    std::string text(kLongestRecord, '\0');
    const auto count = file ? read_some(file.get(), text) : 0;
    if (count > 0) last_ = read_record(std::string_view(text).substr(0, static_cast<std::size_t>(count)));
  }
  return list_.load(tree_);
}

Status FolderExport::begin(const ExportRecord& record) {
  lock_ = Descriptor(openat(tree_.top(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock_) return tree_.failure("", "", errno);
  if (flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return tree_.failure("", "", errno);
    return Error{Code::busy, fmt::format("exporting to {}: another export writes there", tree_.path()),
                 "wait for it to end"};
  }
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
