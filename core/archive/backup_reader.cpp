#include "core/archive/backup_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <set>

#include "core/archive/libarchive.h"
#include "core/base/descriptor.h"
#include "core/base/encoding.h"
#include "core/base/file_io.h"
#include "core/base/sha256.h"

namespace mailmgr {
namespace {

constexpr std::size_t kMaxKeySize = 128;
constexpr std::size_t kKeySize = 32;

Error bad(std::string_view what) {
  return {Code::store, std::string(what), "use another backup; nothing was changed"};
}

// The members of an archive, one after the other; whatever is not a plain file is an error.
class Reader {
 public:
  explicit Reader(int fd) : handle_(archive_read_new()) {
    archive_read_support_filter_zstd(handle_.get());
    archive_read_support_format_tar(handle_.get());
    opened_ = archive_read_open_fd(handle_.get(), fd, kBlock) == ARCHIVE_OK;
  }

  // False at the end.
  Result<bool> next() {
    const int code = opened_ ? archive_read_next_header(handle_.get(), &entry_) : ARCHIVE_FATAL;
    if (code == ARCHIVE_EOF) return false;
    if (code != ARCHIVE_OK) return bad("it is not a mailmgr backup, or damaged");
    const char* name = archive_entry_pathname(entry_);
    if (!name || archive_entry_filetype(entry_) != AE_IFREG || archive_entry_hardlink(entry_) ||
        archive_entry_sparse_count(entry_) != 0 || !archive_entry_size_is_set(entry_) ||
        archive_entry_size(entry_) < 0) {
      return bad("it holds something that mailmgr never puts into a backup");
    }
    name_ = name;
    size_ = static_cast<std::uint64_t>(archive_entry_size(entry_));
    return true;
  }

  const std::string& name() const { return name_; }
  std::uint64_t size() const { return size_; }

  // The current member's bytes in pieces; as many as size() says, or an error.
  template <class Sink>
  Status each_piece(const Stop& stop, Sink&& sink) {
    std::string buffer(kBlock, '\0');
    std::uint64_t done = 0;
    for (;;) {
      if (stop.interrupted()) return Stop::error();
      const auto count = archive_read_data(handle_.get(), buffer.data(), buffer.size());
      if (count < 0) return bad("it is damaged or cut short");
      if (count == 0) break;
      done += static_cast<std::uint64_t>(count);
      if (done > size_) break;
      if (Status taken = sink(std::string_view(buffer).substr(0, static_cast<std::size_t>(count))); !taken)
        return taken;
    }
    return done == size_ ? Status() : bad("it is damaged or cut short");
  }

  Result<std::string> bytes(const Stop& stop) {
    std::string all;
    const Status read = each_piece(stop, [&](std::string_view piece) -> Status {
      all += piece;
      return {};
    });
    if (!read) return read.error();
    return all;
  }

 private:
  ArchiveHandle handle_;
  archive_entry* entry_ = nullptr;  // the handle's
  bool opened_ = false;
  std::string name_;
  std::uint64_t size_ = 0;
};

Result<BackupManifest> read_manifest(Reader& reader, const Stop& stop) {
  auto more = reader.next();
  if (!more) return more.error();
  if (!*more || reader.name() != kManifestName || reader.size() > kMaxManifestSize) {
    return bad("it is not a mailmgr backup, or damaged");
  }
  auto json = reader.bytes(stop);
  if (!json) return json.error();
  return parse_manifest(*json);
}

Result<Secret> read_key(Reader& reader, const BackupMember& member, const Stop& stop) {
  if (member.size > kMaxKeySize) return bad("its key is not one");
  auto text = reader.bytes(stop);
  if (!text) return text.error();
  const Secret kept = Secret::take(*text);
  if (hex(sha256(kept.reveal())) != member.sha256) return bad("its key is damaged");
  auto key = base64_decode(kept.reveal());
  if (!key || key->size() != kKeySize) return bad("its key is not one");
  return Secret::take(*key);
}

Status check_room(const std::string& folder, std::uint64_t needed) {
  struct statvfs disk {};
  if (statvfs(folder.c_str(), &disk) != 0) return file_error("looking at " + folder, errno);
  const auto free = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
  if (needed <= free) return {};
  return Error{Code::store, fmt::format("it unpacks to {} bytes, and {} has room for {}", needed, folder, free),
               "free some space, or choose another home with --home"};
}

class Unpacking {
 public:
  Unpacking(Reader& reader, std::string folder, const ByteProgress& progress, const Stop& stop)
      : reader_(reader), folder_(std::move(folder)), progress_(progress), stop_(stop) {}

  Result<BackupContents> run() {
    auto manifest = read_manifest(reader_, stop_);
    if (!manifest) return manifest.error();
    contents_.manifest = *std::move(manifest);
    total_ = contents_.manifest.size();
    if (auto fits = check_room(folder_, total_); !fits) return fits.error();
    for (;;) {
      auto more = reader_.next();
      if (!more) return more.error();
      if (!*more) break;
      if (auto taken = take(); !taken) return taken.error();
    }
    if (seen_.size() != contents_.manifest.members.size()) return bad("it is cut short");
    return std::move(contents_);
  }

 private:
  Status take() {
    const auto& members = contents_.manifest.members;
    const auto member =
        std::find_if(members.begin(), members.end(), [&](const auto& m) { return m.name == reader_.name(); });
    if (member == members.end() || member->size != reader_.size() || !seen_.insert(member->name).second) {
      return bad("it holds something that its manifest does not announce");
    }
    if (member->name != kKeyMember) return unpack(*member);
    auto key = read_key(reader_, *member, stop_);
    if (!key) return key.error();
    contents_.key = *std::move(key);
    return {};
  }

  // The name is one of three by now.
  Status unpack(const BackupMember& member) {
    const std::string path = folder_ + "/" + member.name;
    const Descriptor file{open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
    if (!file) return file_error("writing " + path, errno);
    Sha256 hash;
    const Status unpacked = reader_.each_piece(stop_, [&](std::string_view piece) -> Status {
      hash.update(piece);
      if (!write_all(file.get(), piece)) return file_error("writing " + path, errno);
      done_ += piece.size();
      if (progress_) progress_("unpacking", done_, total_);
      return {};
    });
    if (!unpacked) return unpacked;
    if (hex(hash.finish()) != member.sha256) return bad(fmt::format("its {} is damaged", member.name));
    return fsync(file.get()) == 0 ? Status() : file_error("writing " + path, errno);
  }

  Reader& reader_;
  std::string folder_;
  const ByteProgress& progress_;
  const Stop& stop_;
  BackupContents contents_;
  std::set<std::string> seen_;
  std::uint64_t done_ = 0, total_ = 0;
};

}  // namespace

Result<BackupContents> read_backup(const std::string& path, const std::string& folder, const ByteProgress& progress,
                                   const Stop& stop) {
  // O_NONBLOCK: opening a FIFO nobody writes to must not hang.
  const Descriptor file{open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  struct stat status {};
  const std::string what = "reading " + path;
  if (!file && (errno == ENOENT || errno == ENOTDIR)) return Error{Code::not_found, what + ": no such file", ""};
  if (!file || fstat(file.get(), &status) != 0) return file_error(what, errno);
  if (!S_ISREG(status.st_mode)) return Error{Code::usage, what + ": it is not a regular file", ""};
  Reader reader(file.get());
  auto contents = Unpacking(reader, folder, progress, stop).run();
  if (!contents && contents.error().code != Code::interrupted) return contents.error().within(what);
  return contents;
}

}  // namespace mailmgr
