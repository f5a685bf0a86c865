// A fixed mailbox of both providers' shapes for trying the search language, and what a query should find in it, told
// by walking the tree over the parsed messages: no SQL, no index, no code of the store.
#pragma once

#include <string>
#include <vector>

#include "core/mail/message.h"
#include "tests/store/mail_fixture.h"

namespace mailmgr::store {

struct KnownMail {
  std::string id;  // at the provider
  AccountId account{1};
  std::vector<std::string> places = {};  // ids of folders, labels and categories
  std::string from = "Ada Lovelace <ada@example.org>", to = "Me <me@example.org>", cc = {}, bcc = {}, list = {};
  std::string subject = "plain", body = "nothing";
  bool html = false;
  std::vector<std::string> files = {};
  std::string thread = {};
  std::int64_t received = 0;  // Unix milliseconds
  bool unread = false, starred = false, draft = false, todo = false;
  std::string note = {};
  std::uint64_t size = 0;  // 0: whatever it comes to
  bool without_message_id = false;

  // Filled when it is stored:
  std::int64_t row = 0;
  ParsedMessage parsed = {};
};

struct KnownFolder {
  AccountId account;
  std::string id;
  Folder::Kind kind;
  Role role;
  std::string path;
};

class QueryMailbox : public MailFixture {
 public:
  QueryMailbox();

  // Those that it should find, newest first.
  std::vector<const KnownMail*> expected(const query::Query& query, const Selection& selection = {}) const;
  // The threads that it should find: "latest id:count:unread".
  std::vector<std::string> expected_threads(const query::Query& query) const;

  const std::vector<KnownMail>& mails() const { return mails_; }

 private:
  void save_all_folders();
  void put(KnownMail mail);
  bool holds(const query::Node& node, const KnownMail& mail) const;
  bool holds(const query::Term& term, const KnownMail& mail) const;
  bool in_place(const KnownMail& mail, std::string name) const;
  bool has_role(const KnownMail& mail, Role role) const;

  std::vector<KnownMail> mails_;
  std::vector<KnownFolder> folders_;
};

}  // namespace mailmgr::store
