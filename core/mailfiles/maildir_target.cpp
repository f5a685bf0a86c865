// Maildirs, one for each folder: PATH/ACCOUNT/FOLDER/{tmp,new,cur}. A message is in one of them, whatever labels it
// has; those are keywords of Dovecot's kind, and tags for notmuch in a file at the top.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "core/base/failpoint.h"
#include "core/base/file_io.h"
#include "core/base/file_name.h"
#include "core/mailfiles/folder_export.h"
#include "core/mailfiles/maildir_index.h"
#include "core/mailfiles/notmuch_tags.h"

namespace mailmgr {
namespace {

constexpr const char* kTagsName = "notmuch-tags";
constexpr std::size_t kLongestKeywords = std::size_t{64} << 10;
constexpr std::size_t kTagsBatch = std::size_t{64} << 10;

class MaildirTarget : public FolderExport {
 public:
  MaildirTarget(const TargetOptions& options, FolderTree tree)
      : FolderExport(options, std::move(tree)), force_(options.force) {}

  Status load() {
    if (auto loaded = FolderExport::load(); !loaded) return loaded;
    const bool has_tags = tree_.exists() && is_in_the_way(tree_.top(), kTagsName);
    if (has_tags && !was_exported_to() && !force_) return not_ours(tree_.path() + "/" + kTagsName);
    return index_.load(tree_);
  }

  Status begin(const ExportRecord& record) override {
    if (auto begun = FolderExport::begin(record); !begun) return begun;
    const auto part = part_name(kTagsName);
    (void)unlinkat(tree_.top(), part.c_str(), 0);  // a killed run's
    tags_ = Descriptor(openat(tree_.top(), part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    return tags_ ? Status() : Status(tree_.failure("", part, errno));
  }

  Result<Placed> look(const ExportItem& item) override {
    if (auto told = tell_tags(item); !told) return told.error();
    auto* entry = index_.find(key_of(item));
    if (entry == nullptr) return Placed::missing;
    entry->seen = true;
    if (is_doubtful() && !is_whole(*entry, item.row.size)) return Placed::missing;
    if (!mirror_) return Placed::same;
    const auto folder = folder_for(item);
    if (index_.folder(entry->folder) != folder) return Placed::differs;
    auto flags = flags_for(item, folder, entry->flags, false);
    if (!flags) return flags.error();
    // Whether it lies in new or cur is the mail programs' own matter, as long as it is unread.
    return *flags == entry->flags ? Placed::same : Placed::differs;
  }

  Status put(const ExportItem& item, Placed placed, const Blob& content) override {
    const auto folder = folder_for(item);
    auto at = tree_.folder(folder, true);
    if (!at) return at.error();
    for (const char* place : {"tmp", "new", "cur"}) {
      if (auto made = tree_.folder(folder + "/" + place, true); !made) return made.error();
    }
    auto* entry = index_.find(key_of(item));
    auto flags = flags_for(item, folder, placed == Placed::differs ? entry->flags : 0, true);
    if (!flags) return flags.error();
    if (placed == Placed::differs) return move(*entry, folder, *flags);

    const auto seconds = static_cast<std::uint64_t>(std::max<std::int64_t>(to_unix_seconds(item.row.received), 0));
    const auto base = exported_base(seconds, key_of(item));
    const auto temporary = "tmp/" + base;
    auto written = write_new_file(at->get(), temporary, shown(folder, temporary), [&](const auto& sink) {
      return content.each_chunk([&](std::string_view chunk) { return sink(chunk); });
    });
    if (!written) return written;
    failpoint("export.message");
    if (entry != nullptr) {
      if (auto removed = remove(*entry); !removed) return removed;  // it was cut short
    }
    const auto name = *flags == 0 ? "new/" + base : fmt::format("cur/{}:2,{}", base, flag_letters(*flags));
    if (auto added = list_.add(tree_, key_of(item), folder + "/" + base); !added) return added;
    const int problem = move_file(at->get(), temporary, at->get(), name);
    return problem == 0 ? Status() : Status(tree_.failure("", folder + "/" + name, problem));
  }

  std::uint64_t gone() const override {
    const auto is_gone = [&](const auto& entry) { return !entry.seen && is_ours(entry); };
    return static_cast<std::uint64_t>(std::count_if(index_.entries().begin(), index_.entries().end(), is_gone));
  }

  Status remove_gone() override {
    std::vector<ExportKey> keys;
    for (const auto& entry : index_.entries()) {
      if (entry.seen || !is_ours(entry)) continue;
      if (auto removed = remove(entry); !removed) return removed;
      keys.push_back(entry.key);
    }
    return keys.empty() ? Status() : list_.remove(tree_, std::move(keys));
  }

 protected:
  Status complete() override {
    if (!write_all(tags_.get(), tags_batch_) || fsync(tags_.get()) != 0 ||
        renameat(tree_.top(), part_name(kTagsName).c_str(), tree_.top(), kTagsName) != 0) {
      return tree_.failure("", kTagsName, errno);
    }
    return {};
  }

 private:
  static ExportKey key_of(const ExportItem& item) { return export_key(item.key).value_or(ExportKey{}); }
  static std::string folder_for(const ExportItem& item) {
    return safe_folder_path(safe_file_name(item.account, "")) + "/" + safe_folder_path(item.row.folders.front());
  }
  std::string shown(const std::string& folder, const std::string& name) const {
    return fmt::format("{}/{}/{}", tree_.path(), folder, name);
  }
  bool is_ours(const MaildirIndex::Entry& entry) const {
    return const_cast<ExportList&>(list_).find(entry.key) != nullptr;
  }

  Status tell_tags(const ExportItem& item) {
    if (!tags_) return {};
    tags_batch_ += notmuch_line(item.row.message_id, item.row.labels);
    if (tags_batch_.size() < kTagsBatch) return {};
    if (!write_all(tags_.get(), tags_batch_)) return tree_.failure("", kTagsName, errno);
    tags_batch_.clear();
    return {};
  }

  std::string path_of(const MaildirIndex::Entry& entry) const {
    return (entry.is_new ? "new/" : "cur/") + index_.file_name(entry);
  }

  bool is_whole(const MaildirIndex::Entry& entry, std::uint64_t size) const {
    const auto at = tree_.folder(index_.folder(entry.folder), false);
    struct stat status = {};
    return at && *at && fstatat(at->get(), path_of(entry).c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
           static_cast<std::uint64_t>(status.st_size) == size;
  }

  // What the message's marks are here. `present`: what others have set and nothing here knows of (R, P) stays.
  Result<std::uint64_t> flags_for(const ExportItem& item, const std::string& folder, std::uint64_t present,
                                  bool write) {
    std::uint64_t flags = present & flag_bits("PR");
    const auto is_in = [&](std::string_view word) {
      return std::find(item.row.folders.begin(), item.row.folders.end(), word) != item.row.folders.end();
    };
    if (!item.row.unread) flags |= flag_bits("S");
    if (item.row.starred) flags |= flag_bits("F");
    if (item.row.draft) flags |= flag_bits("D");
    if (is_in("trash")) flags |= flag_bits("T");
    for (const auto& label : item.row.labels) {
      auto letter = letter_of(folder, keyword_name(label), write);
      if (!letter) return letter.error();
      flags |= flag_bits(std::string_view(&*letter, 1));
    }
    return flags;
  }

  // The letter of a keyword in this folder, '-' when there is none left. A new one is in the folder's file before it is
  // in any name.
  Result<char> letter_of(const std::string& folder, const std::string& keyword, bool write) {
    auto known = keywords_.find(folder);
    if (known == keywords_.end()) {
      auto read = keywords_in(folder);
      if (!read) return read.error();
      known = keywords_.emplace(folder, *std::move(read)).first;
    }
    auto& keywords = known->second;
    auto found = std::find(keywords.begin(), keywords.end(), keyword);
    if (found != keywords.end()) return static_cast<char>('a' + (found - keywords.begin()));
    if (keywords.size() >= kMostKeywords || keyword.empty()) return '-';
    if (!write) return 'A';  // no flag of ours: it is going to differ
    keywords.push_back(keyword);
    const auto at = tree_.folder(folder, true);
    if (!at) return at.error();
    auto saved = replace_small_file(at->get(), kKeywordsFile, shown(folder, kKeywordsFile), write_keywords(keywords));
    if (!saved) return saved.error();
    return static_cast<char>('a' + (keywords.size() - 1));
  }

  Result<std::vector<std::string>> keywords_in(const std::string& folder) const {
    const auto at = tree_.folder(folder, false);
    if (!at) return at.error();
    if (!*at) return std::vector<std::string>();
    const Descriptor file(openat(at->get(), kKeywordsFile, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file && errno != ENOENT) return tree_.failure("", folder + "/" + kKeywordsFile, errno);
    std::string text(kLongestKeywords, '\0');
    const auto count = file ? read_some(file.get(), text) : 0;
    return read_keywords(std::string_view(text).substr(0, static_cast<std::size_t>(std::max<ssize_t>(count, 0))));
  }

  Status remove(const MaildirIndex::Entry& entry) const {
    const auto at = tree_.folder(index_.folder(entry.folder), false);
    if (!at) return at.error();
    if (!*at || unlinkat(at->get(), path_of(entry).c_str(), 0) == 0 || errno == ENOENT) return {};
    return tree_.failure("", index_.folder(entry.folder) + "/" + path_of(entry), errno);
  }

  Status move(MaildirIndex::Entry& entry, const std::string& folder, std::uint64_t flags) {
    const auto from = tree_.folder(index_.folder(entry.folder), false);
    if (!from) return from.error();
    const auto to = tree_.folder(folder, false);
    if (!to) return to.error();
    const auto old = path_of(entry);
    index_.renamed(entry);
    entry.flags = flags;
    entry.is_new = entry.is_new && flags == 0;
    entry.folder = index_.folder_number(folder);
    const auto name = path_of(entry);
    const int problem = move_file(from->get(), old, to->get(), name);
    // Gone meanwhile: a mail program is at work, and the next run finds what it did.
    return problem == 0 || problem == ENOENT ? Status() : Status(tree_.failure("", folder + "/" + name, problem));
  }

  bool force_;
  MaildirIndex index_;
  std::map<std::string, std::vector<std::string>> keywords_;  // of each folder, by letter
  Descriptor tags_;
  std::string tags_batch_;
};

}  // namespace

Result<std::unique_ptr<ExportTarget>> open_maildir_target(const TargetOptions& options) {
  return open_folder_target<MaildirTarget>(options);
}

}  // namespace mailmgr
