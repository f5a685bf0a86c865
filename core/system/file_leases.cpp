#include "core/system/file_leases.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "core/base/descriptor.h"
#include "core/base/private_file.h"

namespace mailmgr {
namespace {

constexpr milliseconds kPoll{50};

class FileLease final : public Lease {
 public:
  explicit FileLease(Descriptor file) : file_(std::move(file)) {}
  // The holder's number is only a remark for people; a stale one must not mislead the next to wait.
  ~FileLease() override { [[maybe_unused]] const int ignored = ftruncate(file_.get(), 0); }

 private:
  Descriptor file_;
};

Error failed(const std::string& path, int problem) {
  return {Code::store, fmt::format("making the lock {}: {}", path, std::generic_category().message(problem)), ""};
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

Result<Descriptor> open_lock(const std::string& path) {
  // O_NONBLOCK: a FIFO in its place must not hang the program.
  Descriptor file{open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600)};
  if (!file && errno == ELOOP) return check_private_file(path).error();
  if (!file) return failed(path, errno);
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return failed(path, errno);
  if (auto checked = check_private_file(path, status); !checked) return checked.error();
  return file;
}

void write_holder(int fd) {
  const std::string number = fmt::format("{}\n", getpid());
  if (ftruncate(fd, 0) == 0) [[maybe_unused]]
    const ssize_t ignored = pwrite(fd, number.data(), number.size(), 0);
}

// " (process 42)", or nothing where the file does not say.
std::string holder(int fd) {
  std::array<char, 24> buffer{};
  const ssize_t count = pread(fd, buffer.data(), buffer.size(), 0);
  const std::string_view text(buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  return digits == 0 ? "" : fmt::format(" (process {})", text.substr(0, digits));
}

}  // namespace

Result<std::unique_ptr<Lease>> FileLeases::take(std::string_view name, milliseconds patience, const Stop& stop) {
  if (!is_plain_name(name)) return Error{Code::internal, fmt::format("taking the lease '{}': bad name", name), ""};
  const std::string path = fmt::format("{}/{}", folder_, name);
  auto file = open_lock(path);
  if (!file) return file.error();
  const Monotonic until =
      clock_.monotonic() + std::clamp<milliseconds>(patience, milliseconds{0}, std::chrono::hours(24));
  while (flock(file->get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return failed(path, errno);
    const auto left = std::chrono::ceil<milliseconds>(until - clock_.monotonic());
    if (left <= milliseconds{0}) {
      return Error{Code::busy, fmt::format("taking the lock {}: another run holds it{}", name, holder(file->get())),
                   "wait for it to end, then run the same command again"};
    }
    if (!clock_.sleep_for(std::min(left, kPoll), stop)) return Stop::error();
  }
  write_holder(file->get());
  return std::unique_ptr<Lease>(std::make_unique<FileLease>(std::move(*file)));
}

}  // namespace mailmgr
