#include "core/mailfiles/export_list.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "core/base/encoding.h"
#include "core/base/file_io.h"

namespace mailmgr {
namespace {

constexpr const char* kListName = ".mailmgr-export.list";
constexpr std::size_t kKeyDigits = 32;
constexpr std::size_t kLongestLine = std::size_t{16} << 10;

bool by_key(const ExportList::Line& one, const ExportList::Line& other) {
  return one.key < other.key;
}

}  // namespace

std::optional<ExportKey> export_key(std::string_view hexadecimal) {
  const auto bytes = hexadecimal.size() == kKeyDigits ? hex_decode(hexadecimal) : std::nullopt;
  if (!bytes) return std::nullopt;
  ExportKey key;
  std::copy(bytes->begin(), bytes->end(), key.begin());
  return key;
}

std::string to_string(const ExportKey& key) {
  return hex(std::string_view(reinterpret_cast<const char*>(key.data()), key.size()));
}

Status ExportList::each_line(const std::function<void(std::string_view, std::uint64_t)>& sink) const {
  if (!file_) return {};
  std::string buffer(std::size_t{64} << 10, '\0'), pending;
  std::uint64_t read = 0;
  for (;;) {
    const auto count = pread(file_.get(), buffer.data(), buffer.size(), static_cast<off_t>(read));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Error{Code::store, "reading " + shown_ + ": it cannot be read", ""};
    if (count == 0) return {};  // a line without its end was being written when a run was killed
    pending.append(buffer, 0, static_cast<std::size_t>(count));
    read += static_cast<std::uint64_t>(count);
    std::size_t begin = 0;
    for (std::size_t end; (end = pending.find('\n', begin)) != pending.npos; begin = end + 1) {
      sink(std::string_view(pending).substr(begin, end - begin), read - pending.size() + begin);
    }
    pending.erase(0, begin);
    if (pending.size() > kLongestLine) pending.erase(0, pending.size() - 1);  // no line of ours
  }
}

Status ExportList::load(const FolderTree& tree) {
  shown_ = tree.path() + "/" + kListName;
  if (!tree.exists()) return {};
  file_ = Descriptor(openat(tree.top(), kListName, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file_ && errno != ENOENT) return tree.failure("", kListName, errno);
  auto read = each_line([&](std::string_view line, std::uint64_t offset) {
    size_ = offset + line.size() + 1;
    const auto key =
        line.size() > kKeyDigits + 1 && line[kKeyDigits] == ' ' ? export_key(line.substr(0, kKeyDigits)) : std::nullopt;
    if (key) lines_.push_back({*key, offset + kKeyDigits + 1});
  });
  if (!read) return read;
  std::stable_sort(lines_.begin(), lines_.end(), by_key);
  // Of several with the same key the last one holds.
  std::size_t kept = 0;
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    if (i + 1 < lines_.size() && lines_[i].key == lines_[i + 1].key) continue;
    lines_[kept++] = lines_[i];
  }
  lines_.resize(kept);
  return {};
}

ExportList::Line* ExportList::find(const ExportKey& key) {
  const auto found = std::lower_bound(lines_.begin(), lines_.end(), Line{key}, by_key);
  return found != lines_.end() && found->key == key ? &*found : nullptr;
}

Result<std::string> ExportList::path_of(const Line& line) const {
  std::string path(kLongestLine, '\0');
  const auto count = pread(file_.get(), path.data(), path.size(), static_cast<off_t>(line.offset));
  if (count <= 0) return Error{Code::store, "reading " + shown_ + ": it cannot be read", ""};
  path.resize(static_cast<std::size_t>(count));
  path.resize(std::min(path.find('\n'), path.size()));
  return path;
}

Status ExportList::add(const FolderTree& tree, const ExportKey& key, const std::string& path) {
  if (!file_ || (fcntl(file_.get(), F_GETFL) & O_ACCMODE) != O_RDWR) {
    file_ = Descriptor(openat(tree.top(), kListName, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
    if (!file_) return tree.failure("", kListName, errno);
  }
  // What a killed run left of a line is written over.
  const auto line = to_string(key) + " " + path + "\n";
  if (ftruncate(file_.get(), static_cast<off_t>(size_)) != 0 ||
      lseek(file_.get(), static_cast<off_t>(size_), SEEK_SET) < 0 || !write_all(file_.get(), line)) {
    return tree.failure("", kListName, errno);
  }
  if (auto* known = find(key)) known->offset = size_ + kKeyDigits + 1;
  size_ += line.size();
  return {};
}

Status ExportList::remove(const FolderTree& tree, std::vector<ExportKey> keys) {
  std::sort(keys.begin(), keys.end());
  std::uint64_t written = 0;
  const std::string part = std::string(kListName) + ".part";
  auto rewritten = write_new_file(tree.top(), part, shown_, [&](const auto& sink) {
    std::string batch;
    auto all = each_line([&](std::string_view line, std::uint64_t offset) {
      const auto key = export_key(line.substr(0, kKeyDigits));
      if (!key || std::binary_search(keys.begin(), keys.end(), *key)) return;
      if (const auto* known = find(*key); known && known->offset != offset + kKeyDigits + 1) return;  // a later one
      batch.append(line).append("\n");
      written += line.size() + 1;
      if (batch.size() >= kLongestLine) {
        (void)sink(batch);
        batch.clear();
      }
    });
    (void)sink(batch);
    return all;
  });
  if (!rewritten) return rewritten;
  if (renameat(tree.top(), part.c_str(), tree.top(), kListName) != 0) return tree.failure("", kListName, errno);
  // Nothing is looked up any more after this.
  file_ = Descriptor();
  lines_.clear();
  size_ = written;
  return {};
}

}  // namespace mailmgr
