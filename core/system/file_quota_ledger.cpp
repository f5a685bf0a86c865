#include "core/system/file_quota_ledger.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "core/base/descriptor.h"
#include "core/base/encoding.h"
#include "core/base/private_file.h"
#include "core/system/quota_record_text.h"

namespace mailmgr {
namespace {

constexpr off_t kTurn = 0;                 // the byte that is locked while the record is read and written
constexpr off_t kOwners = off_t{1} << 40;  // from here on, a byte for each owner
constexpr std::uint64_t kMostOwners = std::uint64_t{1} << 32;

struct flock lock_of(short type, off_t byte) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = byte;
  lock.l_len = 1;
  return lock;
}

off_t byte_of(std::uint64_t owner) {
  return kOwners + static_cast<off_t>(owner % kMostOwners);
}

Error failed(const std::string& path) {
  return {Code::store,
          fmt::format("counting what is spent of the quota in {}: {}", path, std::generic_category().message(errno))};
}

}  // namespace

class FileQuotaLedger::File {
 public:
  static Result<std::unique_ptr<File>> open(std::string path, std::uint64_t owner) {
    // O_NONBLOCK: a FIFO in its place must not hang the program.
    Descriptor file{::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600)};
    if (!file && errno == ELOOP) return check_private_file(path).error();
    struct stat status {};
    if (!file || fstat(file.get(), &status) != 0) return failed(path);
    if (auto checked = check_private_file(path, status); !checked) return checked.error();
    auto alive = lock_of(F_WRLCK, byte_of(owner));
    if (fcntl(file.get(), F_OFD_SETLK, &alive) != 0) return failed(path);
    return std::unique_ptr<File>(new File(std::move(path), std::move(file), owner));
  }

  Status update(const std::function<void(QuotaRecord&)>& change) {
    const std::lock_guard lock(mutex_);  // the file's lock is this object's, whatever the thread
    auto turn = lock_of(F_WRLCK, kTurn);
    while (fcntl(file_.get(), F_OFD_SETLKW, &turn) != 0) {
      if (errno != EINTR) return failed(path_);
    }
    const Status updated = read_and_write(change);
    auto over = lock_of(F_UNLCK, kTurn);
    (void)fcntl(file_.get(), F_OFD_SETLK, &over);
    return updated;
  }

 private:
  File(std::string path, Descriptor file, std::uint64_t owner)
      : path_(std::move(path)), file_(std::move(file)), owner_(owner) {}

  Status read_and_write(const std::function<void(QuotaRecord&)>& change) {
    auto bytes = read();
    if (!bytes) return bytes.error();
    QuotaRecord record = read_quota_record(*bytes);
    for (auto& open : record.open) open.abandoned = open.owner != owner_ && !is_alive(open.owner);
    change(record);
    for (auto& open : record.open) {
      if (open.owner == 0) open.owner = owner_;
    }
    return write(write_quota_record(record));
  }

  bool is_alive(std::uint64_t owner) const {
    auto lock = lock_of(F_WRLCK, byte_of(owner));
    return fcntl(file_.get(), F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  }

  Result<std::string> read() const {
    struct stat status {};
    if (fstat(file_.get(), &status) != 0) return failed(path_);
    std::string bytes(std::min<std::size_t>(static_cast<std::size_t>(status.st_size), kLargestQuotaRecord), '\0');
    const ssize_t count = pread(file_.get(), bytes.data(), bytes.size(), 0);
    if (count < 0) return failed(path_);
    bytes.resize(static_cast<std::size_t>(count));
    return bytes;
  }

  // Cut off in the middle it is damaged, and begins empty.
  Status write(const std::string& bytes) const {
    const ssize_t count = pwrite(file_.get(), bytes.data(), bytes.size(), 0);
    if (count != static_cast<ssize_t>(bytes.size()) || ftruncate(file_.get(), count) != 0) return failed(path_);
    return {};
  }

  const std::string path_;
  const Descriptor file_;
  const std::uint64_t owner_;
  std::mutex mutex_;
};

FileQuotaLedger::FileQuotaLedger(std::string folder, Random& random)
    : folder_(std::move(folder)), owner_([&] {
        std::uint64_t owner = 1;  // 0 is nobody
        for (const char byte : random.bytes(4)) owner = owner << 8 | static_cast<unsigned char>(byte);
        return owner;
      }()) {}

FileQuotaLedger::~FileQuotaLedger() = default;

Status FileQuotaLedger::update(std::string_view key, const std::function<void(QuotaRecord&)>& change) {
  auto file = file_of(key);
  if (!file) return file.error();
  return (*file)->update(change);
}

Result<FileQuotaLedger::File*> FileQuotaLedger::file_of(std::string_view key) {
  const std::lock_guard lock(mutex_);
  const auto known = files_.find(key);
  if (known != files_.end()) return known->second.get();
  auto file = File::open(fmt::format("{}/{}", folder_, hex(sha256(key)).substr(0, 32)), owner_);
  if (!file) return file.error();
  return files_.emplace(key, *std::move(file)).first->second.get();
}

}  // namespace mailmgr
