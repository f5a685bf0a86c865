#include "core/mailfiles/mail_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>

#include "core/base/descriptor.h"
#include "core/base/file_io.h"
#include "core/mailfiles/folder_tree.h"
#include "core/mailfiles/maildir_name.h"
#include "core/mailfiles/mbox_text.h"

namespace mailmgr {
namespace {

constexpr std::size_t kPiece = std::size_t{256} << 10;
constexpr int kDeepestSearch = 25;

bool has_maildir(const FolderTree& tree, const std::string& folder, int depth) {
  bool found = false;
  std::vector<std::string> below;
  (void)tree.each_entry(folder, [&](const std::string& name, bool is_folder) {
    found |= is_folder && (name == "cur" || name == "new");
    if (is_folder) below.push_back(folder.empty() ? name : folder + "/" + name);
  });
  for (std::size_t i = 0; i < below.size() && !found && depth > 0; ++i) found = has_maildir(tree, below[i], depth - 1);
  return found;
}

}  // namespace

Result<MailFormat> recognise_mail(const std::string& path) {
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0) {
    return Error{errno == ENOENT ? Code::not_found : Code::store,
                 fmt::format("reading {}: {}", path, std::generic_category().message(errno)), ""};
  }
  if (S_ISDIR(status.st_mode)) {
    auto tree = FolderTree::open(path, false);
    if (!tree) return tree.error();
    return has_maildir(*tree, "", kDeepestSearch) ? MailFormat::maildir : MailFormat::eml;
  }
  const Descriptor file(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file || !S_ISREG(status.st_mode)) {
    return Error{Code::usage, fmt::format("reading {}: it is neither a folder nor a file that can be read", path), ""};
  }
  std::string start(64, '\0');
  const auto count = read_some(file.get(), start);
  start.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  if (start.starts_with("From ")) return MailFormat::mbox;
  return start.starts_with('{') ? MailFormat::jsonl : MailFormat::eml;
}

Status each_found(const std::string& path, MailFormat format, const FoundSink& sink) {
  if (format == MailFormat::mbox) return read_mbox(path, sink);
  if (format == MailFormat::jsonl) return read_json_lines(path, sink);
  struct stat status = {};
  if (stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return read_mail_folder(path, format, sink);
  if (format == MailFormat::maildir) {
    return Error{Code::usage, fmt::format("reading {}: it is no Maildir", path), ""};
  }
  auto content = Blob::read_file(path);
  if (!content) return content.error();
  FoundMessage found;
  found.content = *std::move(content);
  found.where = path;
  (void)sink(std::move(found));
  return {};
}

Status read_mbox(const std::string& path, const FoundSink& sink) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    return Error{errno == ENOENT ? Code::not_found : Code::store,
                 fmt::format("reading {}: {}", path, std::generic_category().message(errno)), ""};
  }
  const auto slash = path.rfind('/');
  auto stem = slash == std::string::npos ? path : path.substr(slash + 1);
  if (stem.ends_with(".mbox")) stem.resize(stem.size() - 5);
  // "Sent.mbox" is what it says; any other name need not be a folder's.
  const auto word = folder_word(stem);
  const std::string folder = role(word) ? word : "";
  std::uint64_t number = 0;
  MboxReader reader([&](Blob content, std::string_view separator) {
    return sink(FoundMessage{.content = std::move(content),
                             .where = fmt::format("{}#{}", path, ++number),
                             .folder = folder,
                             .received = mbox_received(separator)});
  });
  std::string buffer(kPiece, '\0');
  for (;;) {
    const auto count = read_some(file.get(), buffer);
    if (count < 0) return Error{Code::store, fmt::format("reading {}: it cannot be read", path), ""};
    if (count == 0) break;
    auto goes_on = reader.feed(std::string_view(buffer).substr(0, static_cast<std::size_t>(count)));
    if (!goes_on) return goes_on.error();
    if (!*goes_on) return {};
  }
  if (auto ended = reader.finish(); !ended) return ended.error();
  return reader.found_any() ? Status()
                            : Status(Error{Code::usage, fmt::format("reading {}: it is no mbox file", path),
                                           "name its kind with --format"});
}

}  // namespace mailmgr
