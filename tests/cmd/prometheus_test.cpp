// The metrics as promtool would read them: every metric described once, labels escaped, one line per account.
#include "cmd/output/prometheus.h"

#include <doctest/doctest.h>

#include <set>
#include <sstream>

using namespace mailmgr;

namespace {

const Time kNow = from_unix_seconds(1'769'860'800);

std::vector<std::pair<AccountRecord, AccountStatus>> two_accounts() {
  AccountRecord ada;
  ada.name = "ada \"the\\first\"\n";
  ada.email = "ada@example.org";
  ada.provider = "google";
  AccountStatus well;
  well.last_ok = kNow - std::chrono::minutes(5);
  well.lag = std::chrono::minutes(5);
  well.counts = {1234, 5, 1};
  well.complete = false;
  AccountRecord bob;
  bob.name = bob.email = "bob@example.org";
  bob.provider = "microsoft";
  AccountStatus dead;
  dead.health = Health::auth_required;
  return {{ada, well}, {bob, dead}};
}

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("every account has its numbers, under escaped labels") {
  const auto text = output::metrics(two_accounts(), kNow);
  const std::string ada = R"({account="ada \"the\\first\"\n",email="ada@example.org",provider="google"})";
  CHECK(has_line(text, "mailmgr_messages" + ada + " 1234"));
  CHECK(has_line(text, "mailmgr_remaining" + ada + " 5"));
  CHECK(has_line(text, "mailmgr_lag_seconds" + ada + " 300"));
  CHECK(has_line(text, "mailmgr_last_success_timestamp_seconds" + ada + " 1769860500"));
  CHECK(has_line(
      text,
      R"(mailmgr_state{account="bob@example.org",email="bob@example.org",provider="microsoft",state="auth_required"} 1)"));
  CHECK(has_line(
      text, R"(mailmgr_state{account="bob@example.org",email="bob@example.org",provider="microsoft",state="ok"} 0)"));
  CHECK(has_line(text, "mailmgr_written_timestamp_seconds 1769860800"));
}

TEST_CASE("what is not known has no line") {
  const auto text = output::metrics(two_accounts(), kNow);
  CHECK(text.find("mailmgr_last_success_timestamp_seconds{account=\"bob") == std::string::npos);
  CHECK(text.find("mailmgr_auth_expires_timestamp_seconds{") == std::string::npos);
}

TEST_CASE("every metric is described once, before its first value") {
  std::istringstream text(output::metrics(two_accounts(), kNow));
  std::set<std::string> described;
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("# TYPE ")) {
      const auto name = line.substr(7, line.find(' ', 7) - 7);
      CHECK_MESSAGE(described.insert(name).second, name);
    } else if (!line.starts_with("#")) {
      CHECK_MESSAGE(described.contains(line.substr(0, line.find_first_of("{ "))), line);
    }
  }
}
