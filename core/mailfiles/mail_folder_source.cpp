// Folders of mail: Maildirs and trees of .eml files.
#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <map>

#include "core/base/encoding.h"
#include "core/base/file_io.h"
#include "core/mailfiles/folder_tree.h"
#include "core/mailfiles/mail_source.h"
#include "core/mailfiles/maildir_name.h"

namespace mailmgr {
namespace {

constexpr std::size_t kKeywordBytes = std::size_t{64} << 10;
constexpr int kDeepestLevel = 25;

class FolderSource {
 public:
  FolderSource(FolderTree tree, MailFormat format, const FoundSink& sink)
      : tree_(std::move(tree)), is_maildir_(format == MailFormat::maildir), sink_(sink) {}

  Status run() {
    is_export_ = false;
    auto looked = tree_.each_entry("", [&](const std::string& name, bool is_folder) {
      is_export_ |= !is_folder && name == ".mailmgr-export.json";
    });
    if (!looked) return looked;
    if (auto read = folder("", 0); !read) return read;
    if (found_any_) return {};
    return Error{
        Code::usage,
        fmt::format("reading {}: there is {} in it", tree_.path(), is_maildir_ ? "no Maildir" : "no .eml file"),
        "name its kind with --format"};
  }

 private:
  Status folder(const std::string& path, int depth) {
    const std::string prefix = path.empty() ? "" : path + "/";
    std::vector<std::string> below, files;
    bool has_places = false;
    auto listed = tree_.each_entry(path, [&](const std::string& name, bool is_folder) {
      const bool is_place = is_maildir_ && (name == "cur" || name == "new" || name == "tmp");
      has_places |= is_folder && is_place && name != "tmp";
      if (is_folder && !is_place) below.push_back(name);
      if (!is_folder && !is_maildir_ && to_lower_ascii(name).ends_with(".eml")) files.push_back(name);
    });
    if (!listed) return listed;
    if (has_places) {
      found_any_ = true;
      if (auto read = maildir(path, prefix); !read) return read;
    }
    std::sort(files.begin(), files.end());
    for (const auto& name : files) {
      if (done_) return {};
      found_any_ = true;
      FoundMessage found;
      found.folder = name_of_folder(path);
      file(path, name, std::move(found));
    }
    std::sort(below.begin(), below.end());
    for (const auto& name : below) {
      if (done_ || depth >= kDeepestLevel) return {};
      if (auto read = folder(prefix + name, depth + 1); !read) return read;
    }
    return {};
  }

  Status maildir(const std::string& path, const std::string& prefix) {
    const auto keywords = keywords_in(path);
    const auto word = name_of_folder(path);
    for (const std::string place : {"cur", "new"}) {
      std::vector<std::string> names;
      auto listed = tree_.each_entry(prefix + place, [&](const std::string& name, bool is_folder) {
        if (!is_folder && !name.starts_with('.')) names.push_back(name);
      });
      if (!listed) return listed;
      std::sort(names.begin(), names.end());
      for (const auto& name : names) {
        if (done_) return {};
        const auto info = split_maildir_name(name);
        FoundMessage found;
        found.unread = place == "new" || !info.has('S');
        found.starred = info.has('F');
        found.draft = info.has('D');
        found.folder = info.has('T') ? "trash" : word;
        for (std::size_t i = 0; i < keywords.size(); ++i) {
          if (!keywords[i].empty() && info.has(static_cast<char>('a' + i))) found.labels.push_back(keywords[i]);
        }
        file(prefix + place, name, std::move(found));
      }
    }
    return {};
  }

  void file(const std::string& folder, const std::string& name, FoundMessage found) {
    found.where = fmt::format("{}/{}{}{}", tree_.path(), folder, folder.empty() ? "" : "/", name);
    const auto at = tree_.folder(folder, false);
    Descriptor file(at && *at ? openat(at->get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1);
    if (!file) {
      // A mail program that is at work renames files.
      if (errno == ENOENT) return;
      done_ = !sink_(tree_.failure("reading", folder + "/" + name, errno));
      return;
    }
    auto content = Blob::read_open_file(file.get(), found.where);
    if (!content) {
      done_ = !sink_(content.error());
      return;
    }
    found.content = *std::move(content);
    done_ = !sink_(std::move(found));
  }

  // "a@example.org/Work/2026" of an export is "Work/2026"; ".Work.2026" (Maildir++) too.
  std::string name_of_folder(const std::string& path) const {
    std::string_view rest = path;
    if (is_export_) {
      const auto slash = rest.find('/');
      rest = slash == rest.npos ? std::string_view() : rest.substr(slash + 1);
    }
    if (rest.empty()) {
      // What was named itself is a folder; only some names say which.
      auto own = tree_.path();
      while (own.size() > 1 && own.back() == '/') own.pop_back();
      const auto word = folder_word(std::string_view(own).substr(own.rfind('/') + 1));
      return role(word) ? word : is_maildir_ ? "inbox" : "";
    }
    std::string name(rest);
    if (is_maildir_ && name.starts_with('.')) {
      name.erase(0, 1);
      std::replace(name.begin(), name.end(), '.', '/');
    }
    return folder_word(name);
  }

  std::vector<std::string> keywords_in(const std::string& folder) const {
    const auto at = tree_.folder(folder, false);
    if (!at || !*at) return {};
    const Descriptor file(openat(at->get(), kKeywordsFile, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    std::string text(kKeywordBytes, '\0');
    const auto count = file ? read_some(file.get(), text) : 0;
    return read_keywords(std::string_view(text).substr(0, count > 0 ? static_cast<std::size_t>(count) : 0));
  }

  FolderTree tree_;
  bool is_maildir_;
  bool is_export_ = false;  // by mailmgr: the first level is an account
  bool found_any_ = false, done_ = false;
  const FoundSink& sink_;
};

}  // namespace

Status read_mail_folder(const std::string& path, MailFormat format, const FoundSink& sink) {
  auto tree = FolderTree::open(path, false);
  if (!tree) return tree.error();
  return FolderSource(*std::move(tree), format, sink).run();
}

}  // namespace mailmgr
