// A store in a folder of its own and short ways to fill and ask it.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/mail/parse.h"
#include "core/query/query.h"
#include "store/store.h"
#include "tests/support/temp_folder.h"

namespace mailmgr::store {

inline constexpr std::int64_t kNoon = 1'769'860'800;  // 2026-01-31T12:00:00Z

inline Time at(std::int64_t seconds) {
  return from_unix_seconds(seconds);
}

// A Gmail message: `labels` and marks complete. Its text is in the parsed form alone; raw is any bytes.
struct Draft {
  std::string id;
  std::vector<std::string> labels{"INBOX"};
  std::string subject = "subject", body = "body", from = "ada@example.org", to = "bob@example.com", thread = {};
  std::int64_t received = kNoon;  // seconds
  bool unread = false, starred = false, draft = false;
  std::vector<std::string> files{};
};

inline const MessageParser kParser = [](const Blob& raw) { return parse_message(raw); };

NewMessage make(const Draft& draft);
MarksPatch marks(std::vector<std::string> labels, bool unread = false);
std::vector<FolderId> ids(const std::vector<std::string>& words);
Change present(const std::string& id, MarksPatch marks = {}, std::optional<Time> received = std::nullopt);
Change left(const std::string& id);
Change gone(const std::string& id);

class MailFixture {
 public:
  MailFixture();

  SyncStore& sync() { return mail->sync(); }
  MessageReader& reader() { return mail->reader(); }
  void reopen();
  void gmail_folders(AccountId account);    // stream "mailbox"
  void outlook_folders(AccountId account);  // streams "f-inbox", "f-archive", "f-sent", "f-projects", …

  void store(const Draft& draft) { store(account, draft); }
  void store(AccountId where, const Draft& draft);
  PageOutcome apply(const std::string& stream, std::vector<Change> changes, bool more = false, bool snapshot = false);
  // Remote ids of what a query finds, in order, separated by spaces.
  std::string find(const std::string& query, Selection selection = {});
  std::string list(const Selection& selection = {}) { return find("in:anywhere", selection); }
  std::string threads(const std::string& query, Selection selection = {});  // latest remote id:count:unread
  MessageRow row(const std::string& id);
  std::string wanted();
  std::string departed();

  TempFolder folder;
  std::unique_ptr<MailStore> mail;
  AccountId account{1};
  std::vector<AccountName> names{{AccountId(1), "work", "Me@Example.org"}, {AccountId(2), "home", "me@example.com"}};
};

std::string join(const std::vector<std::string>& words, std::string_view between = " ");

}  // namespace mailmgr::store
