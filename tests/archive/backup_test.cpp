// The backup's file: what goes in comes out, it appears whole or not at all, and an archive that says something else
// than mailmgr would is refused.
#include <archive.h>
#include <archive_entry.h>
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <functional>

#include "core/archive/backup_reader.h"
#include "core/archive/backup_writer.h"
#include "core/base/encoding.h"
#include "tests/support/temp_folder.h"

using namespace mailmgr;
namespace fs = std::filesystem;

namespace {

BackupManifest manifest_of(const std::vector<std::pair<std::string, std::string>>& members) {
  BackupManifest manifest{from_unix_seconds(1'769'860'800), "mailmgr 9.9.9", 2, 3, {}};
  for (const auto& [name, bytes] : members) manifest.members.push_back({name, bytes.size(), hex(sha256(bytes))});
  return manifest;
}

struct Entry {
  std::string name, bytes;
  unsigned type = AE_IFREG;
  std::string link = {};
};

// An archive as somebody else could make it.
struct Forge {
  TempFolder folder;
  std::string mail = "the mail", tokens = "the tokens", key = base64(std::string(32, 'k')) + "\n";
  std::vector<Entry> entries{{"manifest.json", to_json(manifest_of({{"mail.db", mail}, {"tokens.db", tokens}}))},
                             {"mail.db", mail},
                             {"tokens.db", tokens}};

  std::string make(bool compressed = true) const {
    const std::string path = folder.file("forged");
    archive* out = archive_write_new();
    if (compressed) archive_write_add_filter_zstd(out);
    archive_write_set_format_pax_restricted(out);
    archive_write_open_filename(out, path.c_str());
    for (const auto& entry : entries) {
      archive_entry* head = archive_entry_new();
      archive_entry_set_pathname(head, entry.name.c_str());
      archive_entry_set_filetype(head, entry.type);
      archive_entry_set_perm(head, 0777);
      if (entry.type == AE_IFLNK) archive_entry_set_symlink(head, entry.link.c_str());
      if (entry.type == AE_IFREG && !entry.link.empty()) archive_entry_set_hardlink(head, entry.link.c_str());
      archive_entry_set_size(head, static_cast<la_int64_t>(entry.bytes.size()));
      archive_write_header(out, head);
      archive_write_data(out, entry.bytes.data(), entry.bytes.size());
      archive_entry_free(head);
    }
    archive_write_close(out);
    archive_write_free(out);
    return path;
  }

  Result<BackupContents> read(const std::string& path) const {
    const std::string target = folder.file("target");
    fs::remove_all(target);
    fs::create_directory(target);
    return read_backup(path, target, {}, {});
  }
  Error refusal() const {
    const auto contents = read(make());
    REQUIRE_FALSE(contents);
    CHECK(contents.error().hint.find("nothing was changed") != std::string::npos);
    // Nothing outside of the folder, nothing in it but what a backup has.
    for (const auto& entry : fs::recursive_directory_iterator(folder.path())) {
      const std::string name = entry.path().filename();
      CHECK_MESSAGE((name == "forged" || name == "target" || name == "mail.db" || name == "tokens.db"), name);
    }
    return contents.error();
  }
};

struct Source {
  TempFolder folder;
  std::string output = folder.file("backup.tar.zst");
  std::string mail = std::string(700'000, 'm') + "end", tokens = "tokens";
  Secret key{std::string(32, 'k')};
  BackupManifest manifest = manifest_of({{"tokens.db", tokens}, {"mail.db", mail}});

  Source() {
    fs::create_directory(folder.file("work"));
    folder.write("work/mail.db", mail);
    folder.write("work/tokens.db", tokens);
  }
  Status write(bool replace = false, const Stop& stop = {}) const {
    return write_backup(output, replace, manifest, folder.file("work"), key_text(key), {}, stop);
  }
  // Names beside the backup that are not it.
  std::size_t leftovers() const {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(folder.path())) {
      count += entry.path() != output && entry.path().filename() != "work";
    }
    return count;
  }
};

}  // namespace

TEST_CASE_FIXTURE(Source, "what went into a backup comes out of it, readable by its owner alone") {
  manifest.members.push_back(describe_key(key_text(key)));
  const auto described = describe_file(folder.file("work"), "mail.db", {}, {}).value();
  CHECK(described.size == manifest.members[1].size);
  CHECK(described.sha256 == manifest.members[1].sha256);
  const auto old = umask(0);
  REQUIRE(write());
  umask(old);
  struct stat status {};
  REQUIRE(stat(output.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  CHECK(leftovers() == 0);

  fs::create_directory(folder.file("target"));
  const auto contents = read_backup(output, folder.file("target"), {}, {});
  REQUIRE_MESSAGE(contents, contents.error().message);
  CHECK(contents->manifest.program == "mailmgr 9.9.9");
  CHECK(contents->manifest.created == manifest.created);
  CHECK(contents->manifest.mail_schema == 2);
  CHECK(contents->manifest.tokens_schema == 3);
  CHECK((contents->key == key));
  CHECK((read_text(folder.file("target/mail.db")) == mail));
  CHECK(read_text(folder.file("target/tokens.db")) == tokens);
  CHECK_FALSE(fs::exists(folder.file("target/key")));
}

TEST_CASE_FIXTURE(Source, "tar opens a backup, so that nobody depends on mailmgr to get at the mail") {
  REQUIRE(write());
  fs::create_directory(folder.file("by-hand"));
  const std::string command = "tar --zstd -xf " + output + " -C " + folder.file("by-hand") + " 2>/dev/null";
  if (std::system("tar --version >/dev/null 2>&1 && zstd --version >/dev/null 2>&1") != 0) return;
  REQUIRE(std::system(command.c_str()) == 0);
  CHECK((read_text(folder.file("by-hand/mail.db")) == mail));
  CHECK(parse_manifest(read_text(folder.file("by-hand/manifest.json"))));
}

TEST_CASE_FIXTURE(Source, "without the key no byte of it is inside") {
  REQUIRE(write());
  fs::create_directory(folder.file("target"));
  CHECK_FALSE(read_backup(output, folder.file("target"), {}, {})->key.has_value());
}

TEST_CASE_FIXTURE(Source, "a file of that name is replaced only when that was said, and never what is no file") {
  folder.write("backup.tar.zst", "older");
  CHECK(check_output(output, false).error().code == Code::usage);
  CHECK(write().error().code == Code::usage);
  CHECK(read_text(output) == "older");
  CHECK(check_output(output, true));
  CHECK(write(true));
  CHECK(read_text(output) != "older");
  CHECK(leftovers() == 0);

  CHECK(check_output("/dev/null", true).error().code == Code::usage);
  CHECK(check_output(folder.file("work"), true).error().code == Code::usage);
  REQUIRE(symlink("backup.tar.zst", folder.file("link").c_str()) == 0);
  CHECK(check_output(folder.file("link"), true).error().code == Code::usage);
  CHECK(check_output(folder.file("nowhere/backup"), false).error().code == Code::not_found);
}

TEST_CASE_FIXTURE(Source, "a backup that is given up or cannot be written leaves nothing") {
  std::stop_source stopped;
  stopped.request_stop();
  CHECK(write(false, Stop(stopped.get_token())).error().code == Code::interrupted);
  fs::remove(folder.file("work/tokens.db"));
  CHECK(write().error().code == Code::store);
  CHECK_FALSE(fs::exists(output));
  CHECK(leftovers() == 0);
}

TEST_CASE_FIXTURE(Source, "a full disk is said, and leaves nothing") {
  // Bytes that do not compress, and a limit on the size of files, which write(2) meets as it meets a full disk.
  std::uint32_t state = 1;
  for (char& c : mail) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  folder.write("work/mail.db", mail);
  const pid_t child = fork();
  if (child == 0) {
    const rlimit limit{100'000, 100'000};
    setrlimit(RLIMIT_FSIZE, &limit);
    std::signal(SIGXFSZ, SIG_IGN);
    const auto written = write();
    const bool said = !written && written.error().code == Code::store && written.error().hint.find("free") == 0;
    _exit(said ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WEXITSTATUS(status) == 0);
  CHECK_FALSE(fs::exists(output));
  CHECK(leftovers() == 0);
}

TEST_CASE_FIXTURE(Forge, "an archive that was packed by hand from the same members is a backup") {
  CHECK(read(make()));
  CHECK(read(make(false)));  // not compressed
}

TEST_CASE_FIXTURE(Forge, "names that lead elsewhere are refused") {
  for (const char* name :
       {"../mail.db", "/etc/passwd", "./mail.db", "mail.db/", "data/mail.db", "mail.db-wal", "Mail.db", "key", ""}) {
    CAPTURE(name);
    entries[1].name = name;
    CHECK(refusal().code == Code::store);
  }
}

TEST_CASE_FIXTURE(Forge, "links, folders and devices are refused") {
  for (const unsigned type : {unsigned{AE_IFLNK}, unsigned{AE_IFDIR}, unsigned{AE_IFIFO}, unsigned{AE_IFCHR}}) {
    CAPTURE(type);
    entries[1] = {"mail.db", "", type, "/etc/passwd"};
    CHECK(refusal().code == Code::store);
  }
  entries[1] = {"mail.db", "", AE_IFREG, "manifest.json"};
  CHECK(refusal().code == Code::store);
}

TEST_CASE_FIXTURE(Forge, "a member twice, too many or missing is refused") {
  SUBCASE("twice") {
    entries.push_back({"mail.db", mail});
  }
  SUBCASE("not announced") {
    entries.push_back({"key", key});
  }
  SUBCASE("unknown") {
    entries.push_back({"README", "hello"});
  }
  SUBCASE("missing") {
    entries.pop_back();
  }
  SUBCASE("manifest not first") {
    std::swap(entries[0], entries[1]);
  }
  SUBCASE("manifest twice") {
    entries.push_back(entries[0]);
  }
  SUBCASE("nothing at all") {
    entries.clear();
  }
  CHECK(refusal().code == Code::store);
}

TEST_CASE_FIXTURE(Forge, "a member that is not as the manifest says is refused") {
  SUBCASE("longer") {
    entries[1].bytes += "x";
  }
  SUBCASE("shorter") {
    entries[1].bytes.pop_back();
  }
  SUBCASE("changed") {
    entries[1].bytes[0] ^= 1;
  }
  SUBCASE("a key that is none") {
    entries[0].bytes = to_json(manifest_of({{"mail.db", mail}, {"tokens.db", tokens}, {"key", "short\n"}}));
    entries.push_back({"key", "short\n"});
  }
  SUBCASE("a key of a megabyte") {
    const std::string large(1 << 20, 'k');
    entries[0].bytes = to_json(manifest_of({{"mail.db", mail}, {"tokens.db", tokens}, {"key", large}}));
    entries.push_back({"key", large});
  }
  CHECK(refusal().code == Code::store);
}

TEST_CASE_FIXTURE(
    Forge, "what unpacks to more than it announces, or more than there is room for, stops before the disk is full") {
  SUBCASE("more than announced") {
    entries[1].bytes = std::string(50 << 20, '\0');
  }
  SUBCASE("no room") {
    auto manifest = manifest_of({{"mail.db", mail}, {"tokens.db", tokens}});
    manifest.members[0].size = std::uint64_t{1} << 46;
    entries[0].bytes = to_json(manifest);
    const auto contents = read(make());
    REQUIRE_FALSE(contents);
    CHECK(contents.error().code == Code::store);
    CHECK(contents.error().message.find("has room for") != std::string::npos);
    return;
  }
  SUBCASE("a manifest without end") {
    entries[0].bytes = std::string(50 << 20, ' ') + entries[0].bytes;
  }
  CHECK(refusal().code == Code::store);
}

TEST_CASE_FIXTURE(Forge, "manifests that mailmgr would not write are refused") {
  const std::string good = entries[0].bytes;
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
  };
  for (const auto& text : std::vector<std::string>{
           "", "[]", "null", "{", std::string(40'000, '['), with("\"size\": 8", "\"size\": -8"),
           with("\"size\": 8", "\"size\": 8.5"), with("\"size\": 8", "\"size\": 1e300"),
           with("\"size\": 8", "\"size\": 18446744073709551615"), with("\"size\": 8", "\"size\": \"8\""),
           with("mail.db", "../mail.db"), with("mail.db", "tokens.db"), with("\"sha256\": \"", "\"sha256\": \"X"),
           with("\"format\": 1", "\"format\": \"1\""), with("2026", "never"), with("members", "others")}) {
    CAPTURE(text.substr(0, 60));
    CHECK_FALSE(parse_manifest(text));
    entries[0].bytes = text;
    CHECK(refusal().code == Code::store);
  }
  CHECK(parse_manifest(with("\"format\": 1", "\"format\": 2")).error().code == Code::config);
}

TEST_CASE_FIXTURE(Forge, "a backup that is cut short anywhere is refused") {
  const std::string whole = read_text(make());
  for (std::size_t size = 0; size + 1 < whole.size(); size += 7) {
    const auto contents = read(folder.write("cut", whole.substr(0, size)));
    CHECK_MESSAGE(!contents, size);
  }
}

TEST_CASE_FIXTURE(Forge, "a bit that flipped anywhere is found, or changed nothing") {
  const std::string whole = read_text(make());
  for (std::size_t at = 0; at < whole.size(); at += 3) {
    std::string flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
    const auto contents = read(folder.write("flipped", flipped));
    if (!contents) continue;
    CHECK(read_text(folder.file("target/mail.db")) == mail);
    CHECK(read_text(folder.file("target/tokens.db")) == tokens);
  }
}

TEST_CASE_FIXTURE(Forge, "what is no archive, no file or not there is said so") {
  CHECK(read(folder.write("text", "hello")).error().code == Code::store);
  CHECK(read(folder.file("missing")).error().code == Code::not_found);
  CHECK(read(folder.path()).error().code == Code::usage);
  REQUIRE(mkfifo(folder.file("pipe").c_str(), 0600) == 0);
  CHECK(read(folder.file("pipe")).error().code == Code::usage);
}
