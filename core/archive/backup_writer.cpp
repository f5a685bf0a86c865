#include "core/archive/backup_writer.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "core/archive/libarchive.h"
#include "core/base/descriptor.h"
#include "core/base/encoding.h"
#include "core/base/failpoint.h"
#include "core/base/file_io.h"
#include "core/base/sha256.h"

namespace mailmgr {
namespace {

std::string folder_of(const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path();
  return folder.empty() ? "." : folder.string();
}

Error exists_already(const std::string& path) {
  return {Code::usage, fmt::format("writing {}: it exists already", path),
          "name another file, or say --force to replace it"};
}

// The file under its temporary name; gone again unless it was published.
class Draft {
 public:
  static Result<Draft> make(const std::string& path) {
    std::string name = path + ".XXXXXX";
    Descriptor file{mkostemp(name.data(), O_CLOEXEC)};  // 0600
    if (!file) return file_error("writing " + path, errno);
    return Draft(std::move(name), std::move(file));
  }
  Draft(Draft&& other) noexcept : name_(std::move(other.name_)), file_(std::move(other.file_)) { other.name_.clear(); }
  Draft& operator=(Draft&&) = delete;
  ~Draft() {
    if (!name_.empty()) unlink(name_.c_str());
  }

  int fd() const { return file_.get(); }

  Status publish(const std::string& path, bool replace) {
    if (fsync(file_.get()) != 0) return file_error("writing " + path, errno);
    failpoint("backup.written");
    if (!move_to(path, replace)) return errno == EEXIST ? exists_already(path) : file_error("writing " + path, errno);
    name_.clear();
    const Descriptor folder{open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (folder && fsync(folder.get()) != 0) return file_error("writing " + path, errno);
    return {};
  }

 private:
  Draft(std::string name, Descriptor file) : name_(std::move(name)), file_(std::move(file)) {}

  // Without `replace` nothing is replaced even if it came to be a moment ago. Of the two ways to say so some network
  // file systems know the second alone.
  bool move_to(const std::string& path, bool replace) const {
    if (replace) return rename(name_.c_str(), path.c_str()) == 0;
    if (renameat2(AT_FDCWD, name_.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0) return true;
    if (errno != EINVAL && errno != ENOSYS) return false;
    return link(name_.c_str(), path.c_str()) == 0 && unlink(name_.c_str()) == 0;
  }

  std::string name_;
  Descriptor file_;
};

// An archive being written into an open file.
class Writer {
 public:
  Writer(std::string path, int fd, Time created)
      : path_(std::move(path)), created_(created), handle_(archive_write_new()) {
    archive_write_add_filter_zstd(handle_.get());
    archive_write_set_format_pax_restricted(handle_.get());
    archive_write_set_bytes_in_last_block(handle_.get(), 1);
    archive_write_open_fd(handle_.get(), fd);
  }

  Status begin(std::string_view name, std::uint64_t size) {
    const EntryHandle entry(archive_entry_new());
    archive_entry_set_pathname(entry.get(), std::string(name).c_str());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0600);
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(size));
    archive_entry_set_mtime(entry.get(), to_unix_seconds(created_), 0);
    return archive_write_header(handle_.get(), entry.get()) == ARCHIVE_OK ? Status() : failed();
  }
  Status add(std::string_view bytes) {
    const auto written = archive_write_data(handle_.get(), bytes.data(), bytes.size());
    return written == static_cast<la_ssize_t>(bytes.size()) ? Status() : failed();
  }
  Status close() { return archive_write_close(handle_.get()) == ARCHIVE_OK ? Status() : failed(); }

 private:
  Error failed() const {
    if (const int number = archive_errno(handle_.get()); number > 0) return file_error("writing " + path_, number);
    const char* words = archive_error_string(handle_.get());
    return {Code::store, fmt::format("writing {}: {}", path_, words ? words : "the archive library failed"), ""};
  }

  std::string path_;
  Time created_;
  ArchiveHandle handle_;
};

// Gives a file's bytes in pieces to `sink`, which may fail.
template <class Sink>
Status each_piece(const std::string& path, const Stop& stop, Sink&& sink) {
  const Descriptor file{open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)};
  if (!file) return file_error("reading " + path, errno);
  std::string buffer(kBlock, '\0');
  for (;;) {
    if (stop.interrupted()) return Stop::error();
    const ssize_t count = read_some(file.get(), buffer);
    if (count < 0) return file_error("reading " + path, errno);
    if (count == 0) return {};
    if (Status taken = sink(std::string_view(buffer).substr(0, static_cast<std::size_t>(count))); !taken) return taken;
  }
}

}  // namespace

Status check_output(const std::string& path, bool replace) {
  struct stat status {};
  if (lstat(path.c_str(), &status) == 0) {
    if (!S_ISREG(status.st_mode)) {
      return Error{Code::usage, fmt::format("writing {}: something that is no regular file is there", path),
                   "name another file"};
    }
    return replace ? Status() : exists_already(path);
  }
  const std::string folder = folder_of(path);
  if (stat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
    return Error{Code::not_found, fmt::format("writing {}: there is no folder {}", path, folder),
                 fmt::format("mkdir -p '{}'", folder)};
  }
  return {};
}

Result<BackupMember> describe_file(const std::string& folder, const std::string& name, const ByteProgress& progress,
                                   const Stop& stop) {
  const std::string path = folder + "/" + name;
  std::error_code unknown;
  const auto total = std::filesystem::file_size(path, unknown);
  BackupMember member{name, 0, {}};
  Sha256 hash;
  const Status read = each_piece(path, stop, [&](std::string_view piece) -> Status {
    hash.update(piece);
    member.size += piece.size();
    if (progress) progress("checking", member.size, total);
    return {};
  });
  if (!read) return read.error();
  member.sha256 = hex(hash.finish());
  return member;
}

Secret key_text(const Secret& key) {
  std::string text = base64(key.reveal()) + '\n';
  return Secret::take(text);
}

BackupMember describe_key(const Secret& text) {
  return {std::string(kKeyMember), text.reveal().size(), hex(sha256(text.reveal()))};
}

Status write_backup(const std::string& path, bool replace, const BackupManifest& manifest, const std::string& folder,
                    const Secret& key, const ByteProgress& progress, const Stop& stop) {
  auto draft = Draft::make(path);
  if (!draft) return draft.error();
  Writer writer(path, draft->fd(), manifest.created);
  const std::string json = to_json(manifest);
  if (auto begun = writer.begin(kManifestName, json.size()); !begun) return begun;
  if (auto added = writer.add(json); !added) return added;
  std::uint64_t done = 0;
  const std::uint64_t total = manifest.size();
  for (const auto& member : manifest.members) {
    if (auto begun = writer.begin(member.name, member.size); !begun) return begun;
    if (member.name == kKeyMember) {
      if (auto added = writer.add(key.reveal()); !added) return added;
      continue;
    }
    const Status packed = each_piece(folder + "/" + member.name, stop, [&](std::string_view piece) {
      done += piece.size();
      if (progress) progress("packing", done, total);
      return writer.add(piece);
    });
    if (!packed) return packed;
  }
  if (auto closed = writer.close(); !closed) return closed;
  return draft->publish(path, replace);
}

}  // namespace mailmgr
