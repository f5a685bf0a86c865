// How a sandbox is set up: who has a mailbox, with which mail, and how strict it is.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "tests/sandbox/accounts.h"

namespace mailmgr::sandbox {

// A Maildir, an mbox file, one .eml file, or a folder of .eml files.
struct MailSource {
  std::filesystem::path path;
  std::string email;  // whose; empty: everybody's

  // "PATH" or "EMAIL=PATH".
  static MailSource parse(const std::string& text);
};

enum class QuotaMode { off, gmail_new, gmail_old };

// Another number of Gmail's units in another window, so that what takes minutes can be watched in seconds.
struct QuotaRate {
  std::uint64_t units = 0;
  std::chrono::milliseconds window{60'000};

  // "UNITS" or "UNITS/TIME" ("2000/1s"). Throws std::invalid_argument.
  static QuotaRate parse(const std::string& text);
};

struct Options {
  std::vector<std::string> accounts = {"a@gmail.test", "b@outlook.test"};  // as Accounts::add reads them
  std::vector<MailSource> mail;
  std::size_t synthetic = 0;  // messages per account
  std::uint64_t seed = 1;
  std::optional<Time> newest;  // of the synthetic mail; a fixed date otherwise, so that it is the same every day
  QuotaMode quota = QuotaMode::off;
  std::optional<QuotaRate> quota_rate;  // instead of the mode's own, Google's alone
  std::vector<OAuthClient> clients;     // beside the default ones
  bool auto_consent = false;
  std::chrono::seconds access_lifetime{3599};
  bool rotate_refresh_tokens = false;  // Google too, as Microsoft always does
  std::string faults;                  // rules as JSON text (faults.h); may be empty
  std::string prefix;                  // in front of every path ("/proxy"), as behind a reverse proxy; may be empty
};

}  // namespace mailmgr::sandbox
