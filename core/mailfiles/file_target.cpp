// One file for everything: mbox, or JSON Lines. It is written under another name and has its own once it is complete; a
// second run writes it anew. The record lies beside it, and is JSON Lines' last line; a file without one
// is not ours to replace.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ostream>
#include <system_error>

#include "core/base/encoding.h"
#include "core/base/failpoint.h"
#include "core/base/file_io.h"
#include "core/mailfiles/folder_export.h"
#include "core/mailfiles/mbox_text.h"

namespace mailmgr {
namespace {

constexpr std::size_t kBatch = std::size_t{256} << 10;
constexpr std::size_t kBase64Piece = std::size_t{192} << 10;  // a multiple of 3

// Bytes on their way into the file or the stream, in larger pieces.
class Output {
 public:
  explicit Output(std::ostream* stream) : stream_(stream) {}

  bool write(std::string_view bytes) {
    batch_ += bytes;
    return batch_.size() < kBatch || flush();
  }
  bool flush() {
    const bool done = stream_ ? stream_->write(batch_.data(), static_cast<std::streamsize>(batch_.size())).good()
                              : write_all(file.get(), batch_);
    if (!done && !stream_) problem = errno;
    batch_.clear();
    return done;
  }

  Descriptor file;
  int problem = 0;  // errno

 private:
  std::ostream* stream_;
  std::string batch_;
};

class FileTarget : public ExportTarget {
 public:
  explicit FileTarget(const TargetOptions& options)
      : options_(options), to_stream_(options.path == "-"), output_(to_stream_ ? options.out : nullptr) {}

  // What is not complete takes no room; a killed run's is taken up by the next.
  ~FileTarget() override {
    if (has_part_) (void)unlinkat(folder_.get(), part().c_str(), 0);
  }
  FileTarget(const FileTarget&) = delete;
  FileTarget& operator=(const FileTarget&) = delete;

  Status check() {
    if (to_stream_) return {};
    const auto slash = options_.path.rfind('/');
    folder_path_ = slash == std::string::npos ? "." : slash == 0 ? "/" : options_.path.substr(0, slash);
    name_ = slash == std::string::npos ? options_.path : options_.path.substr(slash + 1);
    folder_ = Descriptor(open(folder_path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder_) return failure(errno);
    // Before the lock, which is a file: none is made beside a device or a pipe.
    if (name_.empty() || !is_file_or_nothing()) return no_file();
    if (!options_.dry_run) {
      if (auto locked = lock(); !locked) return locked;
    }
    if (!is_file_or_nothing()) return no_file();
    if (const int problem = read_record_file(folder_.get(), record_name(), last_); problem != 0) {
      return failure(problem);
    }
    if (last_ || options_.force) return {};
    for (const auto& name : {name_, record_name()}) {
      if (is_in_the_way(folder_.get(), name)) return not_ours(folder_path_ + "/" + name);
    }
    return {};
  }

  const std::optional<ExportRecord>& last() const override { return last_; }

  Status begin(const ExportRecord& record) override {
    if (to_stream_) return {};
    if (ftruncate(output_.file.get(), 0) != 0) return failure(errno);
    return save(record);
  }

  Result<Placed> look(const ExportItem&) override { return Placed::missing; }

  Status put(const ExportItem& item, Placed, const Blob& content) override {
    const auto sink = [&](std::string_view bytes) { return output_.write(bytes); };
    auto written = options_.format == MailFormat::mbox
                       ? write_mbox_message(content, item.row.from.email, item.row.received, sink)
                       : write_json_line(item, content, sink);
    if (output_.problem != 0) return failure(output_.problem);
    failpoint("export.message");
    return written;
  }

  std::uint64_t gone() const override { return 0; }
  Status remove_gone() override { return {}; }

  Status finish(const ExportRecord& record) override {
    if (options_.format == MailFormat::jsonl) (void)output_.write(to_json(record) + "\n");
    (void)output_.flush();
    if (output_.problem != 0) return failure(output_.problem);
    if (to_stream_) return {};
    if (fsync(output_.file.get()) != 0) return failure(errno);
    failpoint("export.written");
    // What has come there meanwhile is not ours either.
    if (!is_there_ && !options_.force) {
      const int problem = move_file(folder_.get(), part(), folder_.get(), name_);
      if (problem == EEXIST) return not_ours(options_.path);
      if (problem != 0) return failure(problem);
    } else if (renameat(folder_.get(), part().c_str(), folder_.get(), name_.c_str()) != 0) {
      return failure(errno);
    }
    has_part_ = false;
    return save(record);
  }

 private:
  std::string part() const { return part_name(name_); }
  std::string record_name() const { return name_ + ".export.json"; }

  // What the name stands for now; a link is neither.
  bool is_file_or_nothing() {
    struct stat status = {};
    is_there_ = fstatat(folder_.get(), name_.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
    return !is_there_ || S_ISREG(status.st_mode);
  }

  // One run at a time; the lock is on what it writes.
  Status lock() {
    output_.file = Descriptor(
        openat(folder_.get(), part().c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
    if (!output_.file) return failure(errno);
    const bool locked = flock(output_.file.get(), LOCK_EX | LOCK_NB) == 0;
    if (!locked && errno != EWOULDBLOCK) return failure(errno);
    // Another run may have given the file its own name between the two: it is that run's then.
    struct stat ours = {}, named = {};
    const bool is_ours = locked && fstat(output_.file.get(), &ours) == 0 &&
                         fstatat(folder_.get(), part().c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
                         ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
    if (!is_ours) {
      return Error{Code::busy, fmt::format("exporting to {}: another export writes there", options_.path),
                   "wait for it to end"};
    }
    // A killed run's is a file of that one name.
    if (!S_ISREG(ours.st_mode) || ours.st_nlink != 1) return failure(EEXIST);
    has_part_ = true;
    return {};
  }

  Status save(const ExportRecord& record) const {
    return replace_small_file(folder_.get(), record_name(), folder_path_ + "/" + record_name(), to_json(record) + "\n");
  }

  Error no_file() const {
    return {Code::usage, fmt::format("exporting to {}: it is no file", options_.path),
            "name a file that is there or can be made, or - for standard output"};
  }

  Error failure(int problem) const {
    return {problem == ELOOP || problem == ENOTDIR || problem == ENOENT ? Code::usage : Code::store,
            fmt::format("writing {}: {}", options_.path, std::generic_category().message(problem)),
            problem == ENOSPC || problem == EDQUOT ? "make room, then run the same command again" : ""};
  }

  Status write_json_line(const ExportItem& item, const Blob& content, const ByteSink& sink) const {
    auto text = options_.describe(item.row, content);
    if (!text) return text.error();
    // By hand around the bytes: base64 needs no escaping, and they may be many.
    text->back() = ',';
    if (!sink(*text) || !sink("\"raw\":\"")) return {};
    std::string pending;
    auto written = content.each_chunk([&](std::string_view chunk) {
      pending += chunk;
      const auto whole = pending.size() / kBase64Piece * kBase64Piece;
      const bool goes_on = whole == 0 || sink(base64(std::string_view(pending).substr(0, whole)));
      pending.erase(0, whole);
      return goes_on;
    });
    if (written) (void)(sink(base64(pending)) && sink("\"}\n"));
    return written;
  }

  TargetOptions options_;
  bool to_stream_;
  Output output_;
  std::optional<ExportRecord> last_;
  Descriptor folder_;
  std::string folder_path_, name_;
  bool has_part_ = false;  // under the other name
  bool is_there_ = false;  // what this run is to replace
};

}  // namespace

Result<std::unique_ptr<ExportTarget>> open_file_target(const TargetOptions& options) {
  auto target = std::make_unique<FileTarget>(options);
  if (auto checked = target->check(); !checked) return checked.error();
  return std::unique_ptr<ExportTarget>(std::move(target));
}

}  // namespace mailmgr
