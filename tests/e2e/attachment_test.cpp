// What came with messages, listed and saved by the real program.
#include <filesystem>
#include <fstream>

#include "tests/e2e/kill.h"
#include "tests/e2e/mail_state.h"

using namespace mailmgr::test;

namespace {

std::string saved_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

constexpr const char* kMailWithFiles =
    "From: a@example.org\r\nTo: a@gmail.test\r\nSubject: Files\r\nMIME-Version: 1.0\r\n"
    "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    "--b\r\nContent-Type: text/plain\r\n\r\nHere.\r\n"
    "--b\r\nContent-Type: text/csv; name=\"../../evil.csv\"\r\nContent-Disposition: attachment\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\nYSxiCjEsMgo=\r\n"
    "--b\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; filename*=utf-8''%2e%2e%2fEVIL.csv\r\n\r\nx\r\n"
    "--b--\r\n";

}  // namespace

TEST_CASE("attack 62: attachments are listed as they were called, and saved as what harms nothing") {
  const Sandbox sandbox({"--auto-consent", "--quota", "off"});
  const Home home;
  home.set_provider("google", sandbox);
  home.log_in("google");
  sandbox.post(mailbox(provider_cases().front(), "deliver"), {{"raw", kMailWithFiles}});
  REQUIRE(home.run({"sync"}).exit_code == 0);
  const std::string id = home.json({"search", "subject:Files"}).at(0)["id"].dump();

  const auto listed = home.json({"attachment", "list", id});
  REQUIRE(listed.size() == 2);
  CHECK(listed[0]["name"] == "../../evil.csv");
  CHECK(listed[0]["part"] == "2");
  CHECK(listed[0]["size"] == 8);

  const auto folder = home.folder().path() + "/saved";
  CHECK(home.json({"attachment", "save", id, "-o", folder, "--dry-run"}).size() == 2);
  CHECK_FALSE(std::filesystem::exists(folder));
  const auto saved = home.json({"attachment", "save", id, "-o", folder});
  REQUIRE(saved.size() == 2);
  CHECK(saved[0]["ok"] == true);
  CHECK(saved[0]["file"] == folder + "/evil.csv");
  CHECK(saved[1]["file"] == folder + "/EVIL (2).csv");
  CHECK(saved_bytes(folder + "/evil.csv") == "a,b\n1,2\n");
  CHECK(home.run({"attachment", "save", "-", "-o", folder}, id + "\n").out ==
        folder + "/evil (3).csv\n" + folder + "/EVIL (4).csv\n");

  CHECK(home.run({"attachment", "save", id, "--part", "2", "-o", "-"}).out == "a,b\n1,2\n");
  CHECK(home.run({"attachment", "save", id, "-o", "-"}).exit_code == 2);
  CHECK(home.run({"attachment", "save", id, id, "--part", "2", "-o", "-"}).exit_code == 2);
  CHECK(home.run({"attachment", "save", id, "--part", "2", "-o", "-", "-n"}).exit_code == 2);
  CHECK(home.run({"attachment", "save", id, "--part", "9"}).exit_code == 5);
  CHECK(home.run({"attachment", "save", "999"}).exit_code == 5);
  CHECK(home.run({"attachment", "list", "x"}).exit_code == 2);
  CHECK(home.run({"attachment", "save", id, "-o", "/dev/null"}).exit_code == 2);
}
