// What tests of reading share: the same mail at both providers, synced into one home, and what a text must not hold
// that comes to a terminal.
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/encoding.h"
#include "tests/e2e/mail_state.h"
#include "tests/e2e/world.h"

namespace mailmgr::test {

struct SyncedMail {
  Sandbox sandbox;
  Home home;
  std::vector<Json> listed;  // all of it, as `list --json` has it
  std::string ids;           // in the same order, one a line, as `show -` reads them

  // `mail`: a Maildir, or a folder of .eml files.
  explicit SyncedMail(const std::string& mail) : sandbox({"--auto-consent", "--quota", "off", "--mail", mail}) {
    home.set_providers(sandbox);
    for (const auto& provider : provider_cases()) home.log_in(provider.name);
    REQUIRE(home.run({"sync"}).exit_code == 0);
    listed = home.json({"list", "in:anywhere"});
    for (const auto& row : listed) ids += row["id"].dump() + "\n";
  }
};

// Remote id → hash of what the providers give of each message.
inline std::map<std::string, std::string> served_by_both(const SyncedMail& world) {
  std::map<std::string, std::string> served;
  for (const auto& provider : provider_cases()) served.merge(served_content(world.sandbox, provider));
  return served;
}

// `show --raw` gives the very bytes of each message.
inline void check_raw_bytes(const SyncedMail& world) {
  const auto served = served_by_both(world);
  const std::string all = world.home.run({"show", "-", "--raw"}, world.ids).out;
  std::size_t at = 0;
  for (const auto& row : world.listed) {
    const std::string remote_id = row["remote_id"];
    const std::size_t size = row["size"];
    CAPTURE(remote_id);
    REQUIRE(at + size <= all.size());
    CHECK(hex(sha256(std::string_view(all).substr(at, size))) == served.at(remote_id));
    at += size;
  }
  CHECK(at == all.size());
}

// The first character that a terminal would obey, and where; empty: there is none. They are C0 but for line ends and
// tabs, DEL, C1, and what turns the order of letters.
inline std::string harmful(const std::string& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto at = [&](std::size_t k) { return i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0U; };
    const bool control = (at(0) < 0x20 && at(0) != '\n' && at(0) != '\t') || at(0) == 0x7f;
    const bool c1 = at(0) == 0xc2 && at(1) >= 0x80 && at(1) < 0xa0;
    const bool override_ = at(0) == 0xe2 && at(1) == 0x80 && at(2) >= 0xaa && at(2) <= 0xae;
    const bool isolate = at(0) == 0xe2 && at(1) == 0x81 && at(2) >= 0xa6 && at(2) <= 0xa9;
    if (control || c1 || override_ || isolate) {
      const std::size_t from = i < 100 ? 0 : i - 100;
      return hex(text.substr(i, 3)) + " in: " + text.substr(from, 200);
    }
  }
  return {};
}

}  // namespace mailmgr::test
