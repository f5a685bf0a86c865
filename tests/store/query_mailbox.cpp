#include "tests/store/query_mailbox.h"

#include <algorithm>

#include "core/base/encoding.h"
#include "core/mail/parse.h"

namespace mailmgr::store {
namespace {

constexpr std::int64_t kDay = 86'400'000;
constexpr std::int64_t kBase = kNoon * 1000;

std::string as_header(const std::string& text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (plain) return text;
  const auto angle = text.find(" <");
  const auto name = text.substr(0, angle);
  return "=?UTF-8?B?" + base64(name) + "?=" + (angle == std::string::npos ? "" : text.substr(angle));
}

std::string as_mime(const KnownMail& mail) {
  std::string head;
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) head += std::string(name) + ": " + as_header(value) + "\r\n";
  };
  add("From", mail.from);
  add("To", mail.to);
  add("Cc", mail.cc);
  add("Bcc", mail.bcc);
  add("Subject", mail.subject);
  if (!mail.list.empty()) head += "List-Id: <" + mail.list + ">\r\n";
  if (!mail.without_message_id) head += "Message-ID: <" + mail.id.substr(mail.id.find('/') + 1) + "@mid.example>\r\n";
  head += "MIME-Version: 1.0\r\n";
  const std::string type = std::string("Content-Type: text/") + (mail.html ? "html" : "plain") + "; charset=utf-8\r\n";
  const std::string text = type + "Content-Transfer-Encoding: 8bit\r\n\r\n" + mail.body + "\r\n";
  if (mail.files.empty()) return head + text;
  head += "Content-Type: multipart/mixed; boundary=cut\r\n\r\n--cut\r\n" + text;
  for (const auto& file : mail.files) {
    head += "--cut\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"" +
            as_header(file) + "\"\r\nContent-Transfer-Encoding: base64\r\n\r\nZGF0YQ==\r\n";
  }
  return head + "--cut--\r\n";
}

}  // namespace

void QueryMailbox::save_all_folders() {
  const AccountId gmail(1), outlook(2);
  for (const auto& [id, role] : std::vector<std::pair<std::string, Role>>{{"INBOX", Role::inbox},
                                                                          {"SENT", Role::sent},
                                                                          {"DRAFT", Role::drafts},
                                                                          {"TRASH", Role::trash},
                                                                          {"SPAM", Role::spam}}) {
    folders_.push_back({gmail, id, Folder::Kind::folder, role, id});
  }
  folders_.push_back({gmail, "IMPORTANT", Folder::Kind::system, Role::none, "IMPORTANT"});
  folders_.push_back({gmail, "L1", Folder::Kind::label, Role::none, "Work"});
  folders_.push_back({gmail, "L2", Folder::Kind::label, Role::none, "Work/Old plans"});
  folders_.push_back({gmail, "L3", Folder::Kind::label, Role::none, "Büro"});
  for (const auto& [id, role, path] :
       std::vector<std::tuple<std::string, Role, std::string>>{{"f-inbox", Role::inbox, "Posteingang"},
                                                               {"f-team", Role::none, "Posteingang/Team"},
                                                               {"f-archive", Role::archive, "Archiv"},
                                                               {"f-sent", Role::sent, "Gesendet"},
                                                               {"f-drafts", Role::drafts, "Entwürfe"},
                                                               {"f-junk", Role::spam, "Junk"},
                                                               {"f-trash", Role::trash, "Papierkorb"},
                                                               {"f-p", Role::none, "Projects"},
                                                               {"f-p26", Role::none, "Projects/2026"},
                                                               {"f-alpha", Role::none, "Projects/2026/Alpha"}}) {
    folders_.push_back({outlook, id, Folder::Kind::folder, role, path});
  }
  for (const auto account : {gmail, outlook}) {
    Folders folders;
    for (const auto& known : folders_) {
      if (known.account == account) folders.folders.push_back({FolderId(known.id), known.kind, known.role, known.path});
    }
    folders.streams = {StreamId("mailbox")};
    REQUIRE(sync().save_folders(account, folders, at(kNoon)));
  }
  for (const auto* category : {"Red", "Büro"}) {
    folders_.push_back({outlook, category, Folder::Kind::label, Role::none, category});
  }
}

void QueryMailbox::put(KnownMail mail) {
  if (mail.received == 0) mail.received = kBase - static_cast<std::int64_t>(mails_.size()) * kDay;
  std::string mime = as_mime(mail);
  while (mime.size() < mail.size) {
    mail.body += 'x';
    mime = as_mime(mail);
  }
  mail.size = mime.size();
  auto parsed = parse_message(Blob(mime));
  REQUIRE(parsed);
  mail.parsed = *parsed;
  if (mail.thread.empty()) mail.thread = "of " + mail.id;  // else the store would find one (threading_test.cpp)
  NewMessage message;
  message.id = RemoteId(mail.id);
  message.thread = ThreadId(mail.thread);
  message.received = from_unix_millis(mail.received);
  message.marks.unread = mail.unread;
  message.marks.starred = mail.starred;
  message.marks.draft = mail.draft;
  message.marks.complete = true;
  message.marks.labels.emplace();
  for (const auto& place : mail.places) {
    const bool files = place.starts_with("f-");
    if (files) message.marks.folder = FolderId(place);
    if (!files) message.marks.labels->emplace_back(place);
  }
  message.raw = Blob(mime);
  message.parsed = *std::move(parsed);
  REQUIRE(sync().store_messages(mail.account, {&message, 1}, at(kNoon)));
  mail.row = static_cast<std::int64_t>(mails_.size()) + 1;  // rows are numbered as they come
  if (!mail.note.empty()) REQUIRE(this->mail->notes().put_note(MessageId(mail.row), mail.note, at(kNoon)));
  if (mail.todo) REQUIRE(this->mail->notes().put_todo(MessageId(mail.row), {.added = at(kNoon)}));
  mails_.push_back(std::move(mail));
}

QueryMailbox::QueryMailbox() {
  save_all_folders();
  const AccountId outlook(2);
  put({.id = "g1",
       .places = {"INBOX"},
       .subject = "Kestrel report",
       .body = "The quick brown fox",
       .thread = "t1",
       .unread = true});
  put({.id = "g2",
       .places = {"INBOX", "L1"},
       .from = "José Núñez <jose@example.net>",
       .subject = "Résumé für Köln",
       .body = "café au lait",
       .thread = "t1"});
  put({.id = "g3",
       .places = {"SENT"},
       .from = "Me <me@example.org>",
       .to = "José Núñez <jose@example.net>",
       .subject = "Re: Kestrel report",
       .body = "brown quick fox",
       .thread = "t1"});
  put({.id = "g4",
       .from = "Tanaka <tanaka@example.jp>",
       .subject = "会議の日本語テスト",
       .body = "東京で会議",
       .thread = "t2"});
  put({.id = "g5",
       .places = {"INBOX"},
       .from = "News <news@lists.example.org>",
       .list = "announce.lists.example.org",
       .subject = "Newsletter",
       .body = "<style>.secretstyle{}</style><p>Hello <b>world</b> Grüße</p>",
       .html = true});
  put({.id = "g6",
       .places = {"INBOX", "L2"},
       .subject = "Invoice",
       .body = "see attached",
       .files = {"Invoice-2026.pdf", "terms.txt"}});
  put({.id = "g7", .places = {"SPAM"}, .from = "Win <win@spam.example>", .subject = "Win a kestrel", .unread = true});
  put({.id = "g8", .places = {"TRASH"}, .subject = "old kestrel"});
  put({.id = "g9",
       .places = {"DRAFT"},
       .from = "Me <me@example.org>",
       .to = "bob@example.com",
       .bcc = "Hidden <secret@example.net>",
       .subject = "unsent thoughts",
       .draft = true});
  put({.id = "g10", .places = {"INBOX"}, .subject = "bound", .starred = true, .size = 4096});
  put({.id = "g11", .places = {"INBOX"}, .subject = "bound", .size = 4097});
  put({.id = "g12", .places = {"INBOX", "IMPORTANT"}, .subject = "bound", .size = 4095});
  // In Berlin the 1st of February begins at 23:00 UTC.
  put({.id = "g13", .places = {"INBOX"}, .subject = "midnight", .received = 1'769'900'399'999});
  put({.id = "g14", .places = {"INBOX"}, .subject = "midnight", .received = 1'769'900'400'000});
  put({.id = "g15", .places = {"INBOX"}, .subject = "midnight", .received = 1'769'986'800'000});
  put({.id = "g16",
       .places = {"L3"},
       .cc = "Øyvind Å <oyvind@Sub.Example.Org>",
       .subject = "operators",
       .body = "well-known AND or NOT NEAR star* a_b 10:30"});
  put({.id = "g17", .subject = "", .body = "", .without_message_id = true});
  put({.id = "g18",
       .places = {"INBOX", "L1"},
       .subject = "lunch",
       .body = "at noon",
       .thread = "t2",
       .todo = true,
       .note = "bring the kestrel slides"});
  put({.id = "o1",
       .account = outlook,
       .places = {"f-inbox", "Red"},
       .from = "Eve <eve@example.org.evil.example>",
       .to = "me@example.com",
       .subject = "kestrel offers",
       .unread = true,
       .note = "ask the lawyer urgently"});
  put({.id = "o2",
       .account = outlook,
       .places = {"f-archive", "Red", "Büro"},
       .to = "me@example.com",
       .subject = "figures",
       .todo = true,
       .note = "kestrel budget"});
  put({.id = "o3",
       .account = outlook,
       .places = {"f-p26"},
       .to = "me@example.com",
       .subject = "plan",
       .body = "report of 2026",
       .thread = "t1",
       .starred = true,
       .todo = true});
  put({.id = "o4",
       .account = outlook,
       .places = {"f-alpha"},
       .to = "me@example.com",
       .subject = "alpha plan",
       .files = {"日本語.txt"}});
  put({.id = "o5", .account = outlook, .places = {"f-p"}, .to = "me@example.com", .subject = "overview"});
  put({.id = "o6",
       .account = outlook,
       .places = {"f-sent"},
       .from = "me@example.com",
       .to = "ada@example.org",
       .subject = "Re: figures"});
  put({.id = "o7",
       .account = outlook,
       .places = {"f-junk"},
       .from = "Win <win@spam.example>",
       .to = "me@example.com",
       .subject = "lottery",
       .note = "report this"});
  put({.id = "o8",
       .account = outlook,
       .places = {"f-trash"},
       .to = "me@example.com",
       .subject = "thrown away",
       .body = "lawyer"});
  put({.id = "o9",
       .account = outlook,
       .places = {"f-drafts"},
       .from = "me@example.com",
       .to = "x@example.org",
       .subject = "half a letter",
       .draft = true});
  put({.id = "o/g1",
       .account = outlook,
       .places = {"f-team"},
       .to = "me@example.com",
       .subject = "Kestrel report",
       .body = "The quick brown fox",
       .thread = "t3"});
  put({.id = "o11",
       .account = outlook,
       .places = {"f-inbox"},
       .to = "me@example.com",
       .subject = "call",
       .thread = "t3",
       .note = "東京で確認 Müller anrufen"});
}

}  // namespace mailmgr::store
