#include "core/system/editing_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <iterator>
#include <system_error>

#include "core/base/file_io.h"

namespace mailmgr {
namespace {

constexpr std::size_t kLongestEdited = std::size_t{32} << 20;
constexpr auto kSwapFilesKept = std::chrono::hours(24 * 30);
constexpr std::string_view kPrefix = "editing-";

Error file_trouble(std::string_view doing, const std::string& path) {
  return {Code::store, fmt::format("{} {}: {}", doing, path, std::generic_category().message(errno)),
          errno == ENOSPC ? "free some space, then run the same command again" : ""};
}

std::string file_in(const std::string& folder) {
  return folder + "/message.txt";
}

Status write_text(const std::string& path, std::string_view text) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  return file && write_all(file.get(), text) ? Status() : Status(file_trouble("writing", path));
}

// By its name: many editors write another file and put it in the place of the old one.
Result<std::string> read_edited(const std::string& path, Time* changed = nullptr) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) return file_trouble("reading", path);
  if (changed) *changed = from_unix_millis(status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1'000'000);
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

// Not closed on exec: the editor has it too, and goes on where this process is killed.
Descriptor lock_folder(const std::string& path) {
  Descriptor lock(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW));  // NOLINT(android-cloexec-open)
  return lock && ::flock(lock.get(), LOCK_EX | LOCK_NB) == 0 ? std::move(lock) : Descriptor();
}

bool holds_more(const std::string& path) {
  std::error_code problem;
  const auto entries = std::filesystem::directory_iterator(path, problem);
  return !problem && std::distance(begin(entries), end(entries)) > 1;
}

void remove_folder(const std::string& path) {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

std::vector<std::string> folders_in(const std::string& parent, std::string_view prefix) {
  std::error_code problem;
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(parent, problem)) {
    if (entry.path().filename().string().starts_with(prefix)) found.push_back(entry.path().string());
  }
  return found;
}

void recover_one(const std::string& path, Time now, const std::function<Status(const LeftEdit&)>& save) {
  const auto lock = lock_folder(path);
  if (!lock) return;  // somebody is editing
  const auto name = path.substr(path.rfind('/') + 1).substr(kPrefix.size());
  LeftEdit left{name.substr(0, name.find('-')), {}, {}};
  auto text = read_edited(file_in(path), &left.changed);
  struct stat folder {};
  if (::fstat(lock.get(), &folder) != 0) return;
  const bool readable = text.has_value();
  if (readable) {
    left.text = *std::move(text);
    if (!save(left)) return;
  }
  const bool is_old = now - from_unix_seconds(folder.st_mtim.tv_sec) > kSwapFilesKept;
  if (is_old || (readable && !holds_more(path))) remove_folder(path);
}

}  // namespace

Result<EditingFolder> EditingFolder::make(const std::string& parent, std::string_view name, std::string_view text) {
  std::string path = fmt::format("{}/{}{}-XXXXXX", parent, kPrefix, name);
  if (!mkdtemp(path.data())) return file_trouble("making", path);
  EditingFolder folder(path, lock_folder(path));
  if (auto written = write_text(folder.file(), text); !written) return written.error();
  return folder;
}

EditingFolder::EditingFolder(EditingFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})), lock_(std::move(other.lock_)), stays_(other.stays_) {}

EditingFolder::~EditingFolder() {
  if (!path_.empty() && !stays_) remove_folder(path_);
}

std::string EditingFolder::file() const {
  return file_in(path_);
}

Result<std::string> EditingFolder::read() const {
  return read_edited(file());
}

bool EditingFolder::has_more() const {
  return holds_more(path_);
}

const std::string& EditingFolder::stay() {
  stays_ = true;
  return path_;
}

void recover_edits(const std::string& parent, Time now, const std::function<Status(const LeftEdit&)>& save) {
  for (const auto& path : folders_in(parent, kPrefix)) recover_one(path, now, save);
}

void forget_edits(const std::string& parent, std::string_view name) {
  for (const auto& path : folders_in(parent, std::string(kPrefix) + std::string(name) + "-")) {
    if (const auto lock = lock_folder(path)) remove_folder(path);
  }
}

}  // namespace mailmgr
