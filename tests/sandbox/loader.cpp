#include "tests/sandbox/loader.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <system_error>

#include "core/base/encoding.h"
#include "tests/sandbox/mime/headers.h"
#include "tests/sandbox/threads.h"

namespace mailmgr::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kHead = 64 << 10;  // header blocks are smaller; a longer one is read as far as this

// A message and what threading needs of it.
struct Loaded {
  SourceMessage message;
  std::vector<std::string> references;
};

std::string read_file(const fs::path& path, std::size_t limit = std::string::npos) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("reading mail from " + path.string() + ": " + std::strerror(errno));
  std::string bytes;
  if (limit != std::string::npos) {
    bytes.resize(limit);
    file.read(bytes.data(), static_cast<std::streamsize>(limit));
    bytes.resize(static_cast<std::size_t>(file.gcount()));
    return bytes;
  }
  bytes.resize(fs::file_size(path));
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  return bytes;
}

Time modified(const fs::path& path) {
  const auto when = std::chrono::file_clock::to_sys(fs::last_write_time(path));
  return std::chrono::floor<milliseconds>(when);
}

// When the last server took it (the topmost Received header), else when it was written, else `otherwise`.
Time received_at(const HeaderList& headers, Time otherwise) {
  const auto received = mime::find_header(headers, "Received");
  if (const auto semicolon = received.rfind(';'); semicolon != received.npos)
    if (const auto time = mime::parse_date_header(received.substr(semicolon + 1))) return *time;
  return mime::parse_date_header(mime::find_header(headers, "Date")).value_or(otherwise);
}

// `head` holds at least the header block; `where` names the message among all.
Loaded describe(std::string_view head, std::uint64_t size, Time otherwise, const std::string& where) {
  const auto headers = mime::scan_headers(head);
  Loaded loaded;
  loaded.message.size = size;
  loaded.message.received = received_at(headers, otherwise);
  const auto ids = mime::message_ids(mime::find_header(headers, "Message-ID"));
  if (!ids.empty()) loaded.message.message_id = ids.front();
  loaded.references = mime::message_ids(mime::find_header(headers, "References"));
  for (auto& id : mime::message_ids(mime::find_header(headers, "In-Reply-To")))
    loaded.references.push_back(std::move(id));
  loaded.references.push_back(ids.empty() ? where : ids.front());
  return loaded;
}

Loaded load_file(const fs::path& path) {
  auto loaded = describe(read_file(path, kHead), fs::file_size(path), modified(path), path.string());
  loaded.message.raw = [path] { return read_file(path); };
  return loaded;
}

// ":2,FS" at the end of a Maildir file name (https://cr.yp.to/proto/maildir.html); some file systems want '!' or ';'.
std::string maildir_flags(const std::string& name) {
  const auto at = name.find_last_of(":!;");
  return at != std::string::npos && name.compare(at + 1, 2, "2,") == 0 ? name.substr(at + 3) : std::string();
}

void load_maildir_folder(const fs::path& folder, const std::string& word, std::vector<Loaded>& all) {
  for (const bool seen_before : {true, false}) {
    const auto place = folder / (seen_before ? "cur" : "new");
    if (!fs::is_directory(place)) continue;
    for (const auto& entry : fs::directory_iterator(place)) {
      const auto name = entry.path().filename().string();
      if (!entry.is_regular_file() || name.starts_with(".")) continue;
      auto loaded = load_file(entry.path());
      const auto flags = maildir_flags(name);
      const auto has = [&](char flag) { return flags.find(flag) != std::string::npos; };
      loaded.message.folder = has('T') ? "trash" : has('D') ? "drafts" : word;
      loaded.message.unread = !seen_before || !has('S');
      loaded.message.starred = has('F');
      all.push_back(std::move(loaded));
    }
  }
}

bool is_maildir(const fs::path& path) {
  return fs::is_directory(path / "cur") || fs::is_directory(path / "new");
}

// The folder of a Maildir inside the one at `root`: ".Work.2026" (Maildir++) and "Work/2026" are both "Work/2026".
std::string maildir_folder_name(const fs::path& root, const fs::path& folder) {
  std::string name;
  for (const auto& component : fs::relative(folder, root)) {
    auto text = component.string();
    if (text == ".") continue;
    if (text.starts_with(".")) {
      text.erase(0, 1);
      std::replace(text.begin(), text.end(), '.', '/');
    }
    if (!name.empty()) name += '/';
    name += text;
  }
  return name.empty() ? "inbox" : folder_word(name);
}

void load_maildir(const fs::path& root, std::vector<Loaded>& all) {
  if (is_maildir(root)) load_maildir_folder(root, "inbox", all);
  for (auto entry = fs::recursive_directory_iterator(root); entry != fs::recursive_directory_iterator(); ++entry) {
    if (!entry->is_directory()) continue;
    const auto name = entry->path().filename().string();
    if (name == "cur" || name == "new" || name == "tmp") {
      entry.disable_recursion_pending();
      continue;
    }
    if (is_maildir(entry->path())) load_maildir_folder(entry->path(), maildir_folder_name(root, entry->path()), all);
  }
}

// Status and X-Status as mail programs keep them in an mbox: R read, F flagged, D deleted.
void apply_mbox_status(std::string_view head, SourceMessage& message) {
  const auto headers = mime::scan_headers(head);
  const auto status = mime::find_header(headers, "Status"), more = mime::find_header(headers, "X-Status");
  message.unread = !status.empty() && status.find('R') == status.npos;
  message.starred = more.find('F') != more.npos;
  if (more.find('D') != more.npos) message.folder = "trash";
}

void load_mbox(const fs::path& path, std::vector<Loaded>& all) {
  const auto text = std::make_shared<const std::string>(read_file(path));
  const auto word = folder_word(path.stem().string());
  const bool known = word != path.stem().string();
  int number = 0;
  for (const auto& span : mbox_messages(*text)) {
    const auto whole = std::string_view(*text).substr(span.begin, span.end - span.begin);
    auto loaded = describe(whole.substr(0, kHead), 0, modified(path), path.string() + "#" + std::to_string(++number));
    loaded.message.folder = known ? word : "inbox";
    apply_mbox_status(whole.substr(0, kHead), loaded.message);
    loaded.message.raw = [text, span] {
      return mbox_unquoted(std::string_view(*text).substr(span.begin, span.end - span.begin));
    };
    all.push_back(std::move(loaded));
  }
}

void load_eml_folder(const fs::path& root, std::vector<Loaded>& all) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file()) continue;
    const auto extension = to_lower_ascii(entry.path().extension().string());
    if (extension == ".eml" || extension == ".mbox") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    if (to_lower_ascii(file.extension().string()) == ".mbox") {
      load_mbox(file, all);
      continue;
    }
    auto loaded = load_file(file);
    const auto folder = fs::relative(file.parent_path(), root).generic_string();
    loaded.message.folder = folder == "." ? "inbox" : folder_word(folder);
    all.push_back(std::move(loaded));
  }
}

bool holds_maildir(const fs::path& root) {
  if (is_maildir(root)) return true;
  for (const auto& entry : fs::recursive_directory_iterator(root))
    if (entry.is_directory() && is_maildir(entry.path())) return true;
  return false;
}

void load_source(const fs::path& path, std::vector<Loaded>& all) {
  if (!fs::exists(path))
    throw std::runtime_error("loading mail from " + path.string() + ": there is no such file or folder");
  const auto before = all.size();
  if (!fs::is_directory(path)) {
    if (read_file(path, 5) == "From ")
      load_mbox(path, all);
    else
      all.push_back(load_file(path));
  } else if (holds_maildir(path)) {
    load_maildir(path, all);
  } else {
    load_eml_folder(path, all);
    if (all.size() == before)
      throw std::runtime_error("loading mail from " + path.string() +
                               ": neither a Maildir (cur, new) nor any .eml or .mbox file");
  }
}

// "From SENDER Mon Nov 23 10:00:00 2026": a sentence that begins with From has no time of day.
bool is_from_line(std::string_view line) {
  if (!line.starts_with("From ")) return false;
  const auto digit = [&](std::size_t at) { return line[at] >= '0' && line[at] <= '9'; };
  for (std::size_t colon = line.find(':'); colon != line.npos; colon = line.find(':', colon + 1))
    if (colon > 5 && colon + 2 < line.size() && digit(colon - 1) && digit(colon + 1) && digit(colon + 2)) return true;
  return false;
}

}  // namespace

std::string folder_word(std::string_view path) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 17> kNames = {{
      {"inbox", "inbox"},
      {"archive", "archive"},
      {"archives", "archive"},
      {"sent", "sent"},
      {"sent items", "sent"},
      {"sent mail", "sent"},
      {"sent messages", "sent"},
      {"drafts", "drafts"},
      {"draft", "drafts"},
      {"trash", "trash"},
      {"deleted items", "trash"},
      {"deleted messages", "trash"},
      {"bin", "trash"},
      {"spam", "spam"},
      {"junk", "spam"},
      {"junk e-mail", "spam"},
      {"junk email", "spam"},
  }};
  for (const auto& [name, word] : kNames)
    if (equals_ignoring_ascii_case(path, name)) return std::string(word);
  return std::string(path);
}

std::vector<MboxSpan> mbox_messages(std::string_view text) {
  std::vector<MboxSpan> spans;
  std::size_t line = 0;
  bool after_empty = true;
  while (line < text.size()) {
    const auto newline = text.find('\n', line);
    const auto next = newline == text.npos ? text.size() : newline + 1;
    const auto content = text.substr(line, next - line);
    if (after_empty && is_from_line(content)) {
      if (!spans.empty()) spans.back().end = line;
      spans.push_back({next, text.size()});
    }
    after_empty = content == "\n" || content == "\r\n";
    line = next;
  }
  // The empty line that ends each message belongs to the format.
  for (auto& span : spans) {
    const auto message = text.substr(span.begin, span.end - span.begin);
    if (message.ends_with("\r\n\r\n"))
      span.end -= 2;
    else if (message.ends_with("\n\n"))
      span.end -= 1;
  }
  return spans;
}

std::string mbox_unquoted(std::string_view message) {
  std::string out;
  out.reserve(message.size());
  while (!message.empty()) {
    const auto newline = message.find('\n');
    const auto line = message.substr(0, newline == message.npos ? message.size() : newline + 1);
    const auto quotes = line.find_first_not_of('>');
    const bool quoted = quotes != line.npos && quotes > 0 && line.substr(quotes).starts_with("From ");
    out += quoted ? line.substr(1) : line;
    message.remove_prefix(line.size());
  }
  return out;
}

MailSource MailSource::parse(const std::string& text) {
  const auto equals = text.find('=');
  const auto at = text.find('@');
  const auto slash = text.find('/');
  if (equals == std::string::npos || at == std::string::npos || at > equals || slash < equals) return {text, ""};
  return {text.substr(equals + 1), text.substr(0, equals)};
}

std::vector<SourceMessage> load_sources(const std::vector<MailSource>& sources) {
  std::vector<Loaded> all;
  try {
    for (const auto& source : sources) load_source(source.path, all);
  } catch (const fs::filesystem_error& error) {
    throw std::runtime_error(std::string("loading mail: ") + error.what());
  }
  std::stable_sort(all.begin(), all.end(), [](const Loaded& a, const Loaded& b) {
    if (a.message.received != b.message.received) return a.message.received < b.message.received;
    return a.references.back() < b.references.back();  // folders list their files in any order
  });
  Threads threads;
  for (const auto& loaded : all) threads.join(loaded.references);
  std::vector<SourceMessage> messages;
  messages.reserve(all.size());
  for (auto& loaded : all) {
    loaded.message.thread_key = threads.key(loaded.references.back());
    messages.push_back(std::move(loaded.message));
  }
  return messages;
}

}  // namespace mailmgr::sandbox
