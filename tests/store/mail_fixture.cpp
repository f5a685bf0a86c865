#include "tests/store/mail_fixture.h"

namespace mailmgr::store {

std::string join(const std::vector<std::string>& words, std::string_view between) {
  std::string text;
  for (const auto& word : words) {
    if (!text.empty()) text += between;
    text += word;
  }
  return text;
}

std::vector<FolderId> ids(const std::vector<std::string>& words) {
  std::vector<FolderId> result;
  for (const auto& word : words) result.emplace_back(word);
  return result;
}

MarksPatch marks(std::vector<std::string> labels, bool unread) {
  MarksPatch patch;
  patch.unread = unread;
  patch.starred = false;
  patch.draft = false;
  patch.labels = ids(labels);
  patch.complete = true;
  return patch;
}

NewMessage make(const Draft& draft) {
  NewMessage message;
  message.id = RemoteId(draft.id);
  message.thread = ThreadId(draft.thread);
  message.received = at(draft.received);
  message.marks = marks(draft.labels, draft.unread);
  message.marks.starred = draft.starred;
  message.marks.draft = draft.draft;
  message.raw = Blob("raw " + draft.id + "\r\n\r\n" + draft.body);
  auto& parsed = message.parsed;
  parsed.message_id = "<" + draft.id + "@example.org>";
  parsed.subject = draft.subject;
  parsed.from = {{"Ada Lovelace", draft.from}};
  parsed.to = {{"", draft.to}};
  parsed.body_text = draft.body;
  parsed.snippet = draft.body;
  for (const auto& file : draft.files) parsed.attachments.push_back({"2", file, "application/pdf", 10, false, ""});
  return message;
}

Change present(const std::string& id, MarksPatch patch, std::optional<Time> received) {
  return {RemoteId(id), Presence::present, std::move(patch), {}, received};
}
Change left(const std::string& id) {
  return {RemoteId(id), Presence::left_stream, {}, {}, {}};
}
Change gone(const std::string& id) {
  return {RemoteId(id), Presence::gone, {}, {}, {}};
}

MailFixture::MailFixture() {
  reopen();
}

void MailFixture::reopen() {
  mail.reset();
  auto opened = MailStore::open(folder.path(), OpenMode::write);
  REQUIRE_MESSAGE(opened.has_value(), opened.error().message);
  mail = *std::move(opened);
}

void MailFixture::gmail_folders(AccountId where) {
  Folders folders;
  for (const auto& [id, role] : std::vector<std::pair<std::string, Role>>{{"INBOX", Role::inbox},
                                                                          {"SENT", Role::sent},
                                                                          {"DRAFT", Role::drafts},
                                                                          {"TRASH", Role::trash},
                                                                          {"SPAM", Role::spam}}) {
    folders.folders.push_back({FolderId(id), Folder::Kind::folder, role, id});
  }
  for (const auto* id : {"UNREAD", "STARRED", "IMPORTANT"}) {
    folders.folders.push_back({FolderId(id), Folder::Kind::system, Role::none, id});
  }
  folders.folders.push_back({FolderId("L1"), Folder::Kind::label, Role::none, "Work"});
  folders.folders.push_back({FolderId("L2"), Folder::Kind::label, Role::none, "Work/Old plans"});
  folders.folders.push_back({FolderId("L3"), Folder::Kind::label, Role::none, "Büro"});
  folders.streams = {StreamId("mailbox")};
  REQUIRE(sync().save_folders(where, folders, at(kNoon)));
}

void MailFixture::outlook_folders(AccountId where) {
  Folders folders;
  const std::vector<std::tuple<std::string, Role, std::string>> all{{"f-inbox", Role::inbox, "Posteingang"},
                                                                    {"f-archive", Role::archive, "Archiv"},
                                                                    {"f-sent", Role::sent, "Gesendet"},
                                                                    {"f-trash", Role::trash, "Papierkorb"},
                                                                    {"f-projects", Role::none, "Projects/2026"}};
  for (const auto& [id, role, path] : all) {
    folders.folders.push_back({FolderId(id), Folder::Kind::folder, role, path});
    folders.streams.emplace_back(id);
  }
  REQUIRE(sync().save_folders(where, folders, at(kNoon)));
}

void MailFixture::store(AccountId where, const Draft& draft) {
  const NewMessage message = make(draft);
  auto stored = sync().store_messages(where, {&message, 1}, at(kNoon));
  REQUIRE_MESSAGE(stored.has_value(), stored.error().message);
}

PageOutcome MailFixture::apply(const std::string& stream, std::vector<Change> changes, bool more, bool snapshot) {
  auto outcome = sync().apply_page(account, StreamId(stream), {std::move(changes), Cursor("next"), more, snapshot});
  REQUIRE_MESSAGE(outcome.has_value(), outcome.error().message);
  return *outcome;
}

std::string MailFixture::find(const std::string& text, Selection selection) {
  auto query = query::parse(text, at(kNoon));
  REQUIRE_MESSAGE(query.has_value(), query.error().message);
  std::vector<std::string> found;
  auto searched = reader().search(*query, selection, names, [&](const MessageRow& row) {
    found.push_back(row.remote_id.value);
    return true;
  });
  REQUIRE_MESSAGE(searched.has_value(), searched.error().message);
  return join(found);
}

std::string MailFixture::threads(const std::string& text, Selection selection) {
  auto query = query::parse(text, at(kNoon));
  REQUIRE_MESSAGE(query.has_value(), query.error().message);
  std::vector<std::string> found;
  auto searched = reader().search_threads(*query, selection, names, [&](const ThreadRow& thread) {
    auto latest = reader().find(thread.latest);
    REQUIRE(latest);
    REQUIRE(*latest);
    found.push_back((*latest)->remote_id.value + ":" + std::to_string(thread.count) + ":" +
                    std::to_string(thread.unread));
    return true;
  });
  REQUIRE_MESSAGE(searched.has_value(), searched.error().message);
  return join(found);
}

MessageRow MailFixture::row(const std::string& id) {
  std::optional<MessageRow> found;
  query::Query everything;
  everything.reaches_spam = everything.reaches_trash = true;
  REQUIRE(reader().search(everything, {}, {}, [&](const MessageRow& row) {
    if (row.remote_id.value == id) found = row;
    return !found;
  }));
  REQUIRE_MESSAGE(found.has_value(), id);
  return *found;
}

std::string MailFixture::wanted() {
  std::vector<std::string> result;
  auto next = sync().next_wanted(account, 1000, at(kNoon));
  REQUIRE(next);
  for (const auto& wanted : *next) result.push_back(wanted.id.value + (wanted.marks_known ? "+" : ""));
  return join(result);
}

std::string MailFixture::departed() {
  std::vector<std::string> result;
  auto next = sync().next_departed(account, 1000);
  REQUIRE(next);
  for (const auto& id : *next) result.push_back(id.value);
  return join(result);
}

}  // namespace mailmgr::store
