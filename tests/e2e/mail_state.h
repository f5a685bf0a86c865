// What the store and the sandbox tell of an account's mail, in the same form, so that they can be compared.
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <set>
#include <string>

#include "tests/e2e/world.h"
#include "tests/support/index_check.h"

namespace mailmgr::test {

inline std::string mailbox(const ProviderCase& provider, const std::string& verb) {
  return "/_sandbox/mailbox/" + provider.address + "/" + verb;
}

inline std::string mail(const std::string& subject) {
  return "From: Ada <ada@example.org>\r\nTo: b@example.org\r\nSubject: " + subject + "\r\nMessage-ID: <" + subject +
         "@example.org>\r\nDate: Mon, 02 Nov 2026 10:00:00 +0000\r\n\r\nText of " + subject + ".\r\n";
}

struct Marks {
  bool unread, starred;
  std::set<std::string> folders, labels;
  bool operator==(const Marks&) const = default;
};

// Message-ID → marks, as the store tells them.
inline std::map<std::string, Marks> local_state(const Home& home, const ProviderCase& provider) {
  std::map<std::string, Marks> state;
  for (const auto& row : home.json({"search", "-a", provider.address, "in:anywhere"})) {
    const std::string id = row["message_id"];
    state[id] = {row["unread"], row["starred"], row["folders"], row["labels"]};
  }
  return state;
}

// The same, as the sandbox tells them. A Gmail message in no folder is in the archive.
inline std::map<std::string, Marks> remote_state(const Sandbox& sandbox, const ProviderCase& provider) {
  std::map<std::string, Marks> state;
  const Json answer = sandbox.get(mailbox(provider, "state"));
  for (const auto& row : answer["messages"]) {
    const std::string id = row["message_id"];
    state[id] = {row["unread"], row["starred"], row["folders"], row["labels"]};
  }
  return state;
}

// Remote id → hash of the message as the provider gives it, which at Outlook are not the bytes that arrived.
inline std::map<std::string, std::string> served_content(const Sandbox& sandbox, const ProviderCase& provider) {
  std::map<std::string, std::string> hashes;
  const Json answer = sandbox.get(mailbox(provider, "state"));
  for (const auto& row : answer["messages"]) {
    const std::string id = row["id"];
    hashes[id] = row[row.contains("value_sha256") ? "value_sha256" : "sha256"].get<std::string>();
  }
  return hashes;
}

// The Message-IDs of what is in one of them alone, or differs.
inline std::string differing(const std::map<std::string, Marks>& one, const std::map<std::string, Marks>& other) {
  std::set<std::string> ids;
  for (const auto& [id, marks] : one) {
    if (const auto found = other.find(id); found == other.end() || found->second != marks) ids.insert(id);
  }
  for (const auto& [id, marks] : other) {
    if (!one.contains(id)) ids.insert(id);
  }
  std::string text;
  for (const auto& id : ids) text += id + " ";
  return text;
}

// The database is whole, and every stored message is in the full-text index exactly once.
inline void check_mail_database(const Home& home) {
  CHECK(home.sql("mail", "PRAGMA integrity_check") == "ok\n");
  CHECK(home.sql("mail", std::string(kIndexWords) + kIndexComplaints).empty());
}

// How many messages were fetched from the sandbox so far, in batches or alone.
inline int fetched_messages(const Sandbox& sandbox) {
  const Json stats = sandbox.get("/_sandbox/stats");
  int count = 0;
  for (const char* table : {"by_path", "batch_parts_by_path"}) {
    for (const auto& [path, times] : stats[table].items()) {
      const bool google = path.find("/gmail/") != std::string::npos && path.ends_with("/messages/{id}");
      if (google || path.ends_with("/messages/{id}/$value")) count += times.get<int>();
    }
  }
  return count;
}

}  // namespace mailmgr::test
