// A tree of .eml files: PATH/ACCOUNT/FOLDER/ID-SUBJECT.eml.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "core/base/failpoint.h"
#include "core/base/file_name.h"
#include "core/mailfiles/folder_export.h"

namespace mailmgr {
namespace {

constexpr std::size_t kLongestSubject = 120;  // bytes of the name
constexpr int kMostNumbers = 100;

std::string eml_name(const MessageRow& row) {
  std::string subject = row.subject.substr(0, kLongestSubject);
  for (char& c : subject) {
    if (c == '/' || c == '\\') c = '_';
  }
  // The number in front keeps names apart that are the same, or differ in case alone.
  return safe_file_name(fmt::format("{}-{}.eml", row.id.value, subject), "message/rfc822");
}

std::string folder_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return std::string(slash == path.npos ? std::string_view() : path.substr(0, slash));
}

std::string name_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return std::string(slash == path.npos ? path : path.substr(slash + 1));
}

class EmlTarget : public FolderExport {
 public:
  EmlTarget(const TargetOptions& options, FolderTree tree) : FolderExport(options, std::move(tree)) {}
  using FolderExport::load;

  Result<Placed> look(const ExportItem& item) override {
    auto* line = list_.find(key_of(item));
    if (line == nullptr) return Placed::missing;
    line->seen = true;
    auto path = list_.path_of(*line);
    if (!path) return path.error();
    const auto size = size_at(*path);
    if (!size) return size.error();
    if (*size < 0 || (is_doubtful() && static_cast<std::uint64_t>(*size) != item.row.size)) return Placed::missing;
    return mirror_ && folder_of(*path) != folder_for(item) ? Placed::differs : Placed::same;
  }

  Status put(const ExportItem& item, Placed placed, const Blob& content) override {
    const auto folder = folder_for(item);
    auto at = tree_.folder(folder, true);
    if (!at) return at.error();
    if (placed == Placed::differs) return move(item, folder, at->get());
    // Where it is, only cut short.
    if (auto* line = list_.find(key_of(item))) {
      auto path = list_.path_of(*line);
      if (!path) return path.error();
      if (auto removed = remove(*path); !removed) return removed;
    }
    const auto part = fmt::format(".mailmgr-{}.part", item.key);
    auto written = write_new_file(at->get(), part, shown(folder, part), [&](const auto& sink) {
      return content.each_chunk([&](std::string_view chunk) { return sink(chunk); });
    });
    if (!written) return written;
    failpoint("export.message");
    return name_it(item, folder, at->get(), at->get(), part);
  }

  std::uint64_t gone() const override {
    std::uint64_t count = 0;
    for (const auto& line : list_.lines()) {
      if (line.seen) continue;
      const auto path = list_.path_of(line);
      const auto size = path ? size_at(*path) : Result<std::int64_t>(-1);
      if (size && *size >= 0) ++count;
    }
    return count;
  }

  Status remove_gone() override {
    std::vector<ExportKey> keys;
    for (const auto& line : list_.lines()) {
      if (line.seen) continue;
      auto path = list_.path_of(line);
      if (!path) return path.error();
      if (auto removed = remove(*path); !removed) return removed;
      keys.push_back(line.key);
    }
    return keys.empty() ? Status() : list_.remove(tree_, std::move(keys));
  }

 private:
  static ExportKey key_of(const ExportItem& item) { return export_key(item.key).value_or(ExportKey{}); }
  static std::string folder_for(const ExportItem& item) {
    return safe_folder_path(safe_file_name(item.account, "")) + "/" + safe_folder_path(item.row.folders.front());
  }
  std::string shown(const std::string& folder, const std::string& name) const {
    return fmt::format("{}/{}/{}", tree_.path(), folder, name);
  }

  // -1: there is no such file.
  Result<std::int64_t> size_at(const std::string& path) const {
    auto at = tree_.folder(folder_of(path), false);
    if (!at) return at.error();
    struct stat status = {};
    const bool is_there = *at && fstatat(at->get(), name_of(path).c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
    return is_there && S_ISREG(status.st_mode) ? static_cast<std::int64_t>(status.st_size) : -1;
  }

  Status remove(const std::string& path) {
    auto at = tree_.folder(folder_of(path), false);
    if (!at) return at.error();
    if (!*at || unlinkat(at->get(), name_of(path).c_str(), 0) == 0 || errno == ENOENT) return {};
    return tree_.failure("", path, errno);
  }

  Status move(const ExportItem& item, const std::string& folder, int to) {
    auto path = list_.path_of(*list_.find(key_of(item)));
    if (!path) return path.error();
    auto from = tree_.folder(folder_of(*path), false);
    if (!from) return from.error();
    return name_it(item, folder, from->get(), to, name_of(*path));
  }

  // The first name that is free, the list told before it is taken.
  Status name_it(const ExportItem& item, const std::string& folder, int from, int to, const std::string& present) {
    const auto name = eml_name(item.row);
    for (int n = 1; n <= kMostNumbers; ++n) {
      const auto wanted = numbered_file_name(name, n);
      struct stat status = {};
      if (fstatat(to, wanted.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) continue;
      if (auto added = list_.add(tree_, key_of(item), fmt::format("{}/{}", folder, wanted)); !added) return added;
      const int problem = move_file(from, present, to, wanted);
      if (problem == 0) return {};
      if (problem != EEXIST) return tree_.failure("", folder + "/" + wanted, problem);
    }
    return Error{Code::store,
                 fmt::format("saving {}: there are {} files of that name", shown(folder, name), kMostNumbers),
                 "export into a folder of its own"};
  }
};

}  // namespace

Result<std::unique_ptr<ExportTarget>> open_eml_target(const TargetOptions& options) {
  return open_folder_target<EmlTarget>(options);
}

}  // namespace mailmgr
