// What a query should find among the mails of a QueryMailbox: the tree, walked over each of them.
#include <algorithm>
#include <set>

#include "core/base/encoding.h"
#include "tests/store/query_mailbox.h"

namespace mailmgr::store {
namespace {

using query::Field;
using NodeKind = query::Node::Kind;

std::u32string characters(std::string_view text) {
  std::u32string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    char32_t c = length == 1 ? lead : lead & (0x7FU >> length);
    for (std::size_t k = 1; k < length && i + k < text.size(); ++k)
      c = c << 6 | (static_cast<unsigned char>(text[i + k]) & 0x3F);
    out += c;
    i += length;
  }
  return out;
}

// The letters that these mails and queries have.
std::u32string lower(std::u32string text, bool plain) {
  static const std::u32string kCapitals = U"ÄÖÜÉÑØÅÚ", kSmall = U"äöüéñøåú", kPlain = U"aouenøau";
  for (auto& c : text) {
    if (c >= 'A' && c <= 'Z') c += 32;
    if (const auto at = kCapitals.find(c); at != std::u32string::npos) c = kSmall[at];
    if (const auto at = kSmall.find(c); plain && at != std::u32string::npos) c = kPlain[at];
  }
  return text;
}

using Words = std::vector<std::u32string>;

Words words_of(std::string_view text) {
  Words words;
  bool open = false;
  for (const char32_t c : lower(characters(text), true)) {
    const bool ascii_word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
    const bool alone = c >= 0x3041 && c < 0xFF00;  // Han and kana
    const bool letter = ascii_word || alone || (c >= 0xC0 && c < 0x2000 && c != 0xD7 && c != 0xF7);
    if (!letter || alone || !open) open = false;
    if (!letter) continue;
    if (!open) words.emplace_back();
    words.back() += c;
    open = !alone;
  }
  return words;
}

bool has_phrase(const Words& text, const Words& phrase) {
  return !phrase.empty() && std::search(text.begin(), text.end(), phrase.begin(), phrase.end()) != text.end();
}

std::string everybody(const ParsedMessage& parsed) {
  std::string text;
  for (const auto* people : {&parsed.from, &parsed.to, &parsed.cc, &parsed.bcc}) {
    for (const auto& person : *people) text += person.name + " " + person.email + "\n";
  }
  return text;
}

std::string all_files(const ParsedMessage& parsed) {
  std::string text;
  for (const auto& file : parsed.attachments) text += file.name + "\n";
  return text;
}

bool is_person(const Address& person, std::string_view asked) {
  if (const auto open = asked.find('<'), close = asked.find('>', open); close != std::string_view::npos) {
    asked = asked.substr(open + 1, close - open - 1);
  }
  auto wish = lower(characters(asked), false);
  for (auto& c : wish) c = c == '<' || c == '>' ? U' ' : c;
  while (!wish.empty() && wish.front() == ' ') wish.erase(0, 1);
  while (!wish.empty() && wish.back() == ' ') wish.pop_back();
  if (wish.empty()) return false;
  // Accents are no matter in names; in an address they are.
  const auto name = lower(characters(person.name), true), email = lower(characters(person.email), false);
  const auto at = wish.find('@');
  if (at == std::u32string::npos) {
    const auto plain = lower(wish, true);
    return name.find(plain) != name.npos || email.find(plain) != email.npos || email.find(wish) != email.npos;
  }
  const bool whole = wish.find('.', at) != std::u32string::npos;
  if (at > 0) return whole ? email == wish : email.starts_with(wish);
  return whole ? email.ends_with(wish) : name.find(wish) != name.npos || email.find(wish) != email.npos;
}

bool any_person(const std::vector<Address>& people, std::string_view asked) {
  return std::any_of(people.begin(), people.end(), [&](const Address& person) { return is_person(person, asked); });
}

bool at_domain(const std::vector<Address>& people, std::string_view domain) {
  const auto wish = lower(characters(domain), false);
  return std::any_of(people.begin(), people.end(), [&](const Address& person) {
    const auto email = lower(characters(person.email), false);
    return email.ends_with(U"@" + wish) || email.ends_with(U"." + wish);
  });
}

void reaches(const query::Node& node, bool& spam, bool& trash) {
  if (node.kind == NodeKind::term && (node.term.field == Field::in || node.term.field == Field::label)) {
    const auto name = to_lower_ascii(node.term.text);
    spam |= name == "spam" || name == "spam/*" || name == "anywhere";
    trash |= name == "trash" || name == "trash/*" || name == "anywhere";
  }
  for (const auto& child : node.children) reaches(child, spam, trash);
}

}  // namespace

std::vector<const KnownMail*> QueryMailbox::expected(const query::Query& query, const Selection& selection) const {
  bool spam = false, trash = false;
  reaches(query.root, spam, trash);
  std::vector<const KnownMail*> found;
  for (const auto& mail : mails_) {
    const auto& accounts = selection.accounts;
    if (!accounts.empty() && std::find(accounts.begin(), accounts.end(), mail.account) == accounts.end()) continue;
    if ((!spam && has_role(mail, Role::spam)) || (!trash && has_role(mail, Role::trash))) continue;
    if (holds(query.root, mail)) found.push_back(&mail);
  }
  std::sort(found.begin(), found.end(), [](const auto* a, const auto* b) {
    return std::pair(a->received, a->row) > std::pair(b->received, b->row);
  });
  return found;
}

std::vector<std::string> QueryMailbox::expected_threads(const query::Query& query) const {
  query::Query everything;
  bool spam = false, trash = false;
  reaches(query.root, spam, trash);
  std::vector<std::string> threads;
  std::set<std::pair<std::int64_t, std::string>> seen;
  for (const auto* latest : expected(query)) {
    const std::pair key(latest->account.value, latest->thread);
    if (!latest->thread.empty() && !seen.insert(key).second) continue;
    int count = 0, unread = 0;
    for (const auto& mail : mails_) {
      const bool same = &mail == latest ||
                        (!latest->thread.empty() && mail.thread == latest->thread && mail.account == latest->account);
      if (!same || (!spam && has_role(mail, Role::spam)) || (!trash && has_role(mail, Role::trash))) continue;
      ++count;
      unread += mail.unread ? 1 : 0;
    }
    threads.push_back(latest->id + ":" + std::to_string(count) + ":" + std::to_string(unread));
  }
  return threads;
}

bool QueryMailbox::holds(const query::Node& node, const KnownMail& mail) const {
  const auto holds_here = [&](const query::Node& child) { return holds(child, mail); };
  switch (node.kind) {
    case NodeKind::all_of:
      return std::all_of(node.children.begin(), node.children.end(), holds_here);
    case NodeKind::any_of:
      return std::any_of(node.children.begin(), node.children.end(), holds_here);
    case NodeKind::none_of:
      return std::none_of(node.children.begin(), node.children.end(), holds_here);
    case NodeKind::term:
      return holds(node.term, mail);
  }
  return false;
}

bool QueryMailbox::holds(const query::Term& term, const KnownMail& mail) const {
  const auto& parsed = mail.parsed;
  const auto number = static_cast<std::int64_t>(term.number.value_or(0));
  const auto in = [&](const std::string& text) { return has_phrase(words_of(text), words_of(term.text)); };
  switch (term.field) {
    case Field::any:
      return in(parsed.subject) || in(everybody(parsed)) || in(parsed.body_text) || in(all_files(parsed)) ||
             in(mail.note);
    case Field::subject:
      return in(parsed.subject);
    case Field::body:
      return in(parsed.body_text);
    case Field::filename:
      return in(all_files(parsed));
    case Field::note:
      return in(mail.note);
    case Field::from:
      return any_person(parsed.from, term.text);
    case Field::to:
      return any_person(parsed.to, term.text);
    case Field::cc:
      return any_person(parsed.cc, term.text);
    case Field::bcc:
      return any_person(parsed.bcc, term.text);
    case Field::list:
      return !parsed.list_id.empty() && is_person({"", parsed.list_id}, term.text);
    case Field::domain:
      return at_domain(parsed.from, term.text) || at_domain(parsed.to, term.text) || at_domain(parsed.cc, term.text) ||
             at_domain(parsed.bcc, term.text);
    case Field::label:
    case Field::in:
      return (term.field == Field::in && to_lower_ascii(term.text) == "anywhere") || in_place(mail, term.text);
    case Field::is:
      return term.text == "unread"    ? mail.unread
             : term.text == "read"    ? !mail.unread
             : term.text == "starred" ? mail.starred
             : term.text == "draft"   ? mail.draft
             : term.text == "todo"    ? mail.todo
                                      : has_role(mail, Role::sent);
    case Field::has:
      return term.text == "note" ? !mail.note.empty() : !mail.files.empty();
    case Field::larger:
      return static_cast<std::int64_t>(mail.size) > number;
    case Field::smaller:
      return static_cast<std::int64_t>(mail.size) < number;
    case Field::after:
      return mail.received >= to_unix_millis(*term.time);
    case Field::before:
      return mail.received < to_unix_millis(*term.time);
    case Field::account:
      return term.text == (mail.account.value == 1 ? "work" : "home") ||
             to_lower_ascii(term.text) == (mail.account.value == 1 ? "me@example.org" : "me@example.com");
    case Field::thread:
      return term.text == mail.thread;
    case Field::id:
      return mail.row == number;
    case Field::message_id:
      return term.text == parsed.message_id;
  }
  return false;
}

bool QueryMailbox::has_role(const KnownMail& mail, Role role) const {
  return std::any_of(folders_.begin(), folders_.end(), [&](const KnownFolder& folder) {
    return folder.account == mail.account && folder.role == role &&
           std::find(mail.places.begin(), mail.places.end(), folder.id) != mail.places.end();
  });
}

bool QueryMailbox::in_place(const KnownMail& mail, std::string name) const {
  const auto small = [](const std::string& text) { return lower(characters(text), false); };
  const auto with_dashes = [](std::u32string text) {
    for (auto& c : text) c = c == ' ' || c == '/' ? U'-' : c;
    return text;
  };
  const bool below = name.size() > 2 && name.ends_with("/*");
  if (below) name.resize(name.size() - 2);
  const auto wish = small(name);
  const auto wanted_role = role(to_lower_ascii(name));
  const auto is_named = [&](const KnownFolder& folder) {
    return (wanted_role && folder.role == *wanted_role) || small(folder.path) == wish || small(folder.id) == wish;
  };
  const bool any_named = std::any_of(folders_.begin(), folders_.end(), [&](const KnownFolder& folder) {
    return folder.account == mail.account && is_named(folder);
  });
  const auto is_meant = [&](const KnownFolder& folder) {
    if (is_named(folder)) return true;
    return !any_named && with_dashes(small(folder.path)) == with_dashes(wish);
  };
  if (!below && wanted_role == Role::archive) {
    const bool filed = std::any_of(folders_.begin(), folders_.end(), [&](const KnownFolder& folder) {
      return folder.account == mail.account && folder.kind == Folder::Kind::folder &&
             std::find(mail.places.begin(), mail.places.end(), folder.id) != mail.places.end();
    });
    return !filed || has_role(mail, Role::archive);
  }
  for (const auto& folder : folders_) {
    if (folder.account != mail.account ||
        std::find(mail.places.begin(), mail.places.end(), folder.id) == mail.places.end()) {
      continue;
    }
    if (is_meant(folder)) return true;
    if (!below) continue;
    const auto path = small(folder.path);
    if (path.starts_with(wish + U"/")) return true;
    for (const auto& parent : folders_) {
      if (parent.account == mail.account && is_meant(parent) && path.starts_with(small(parent.path) + U"/"))
        return true;
    }
  }
  return false;
}

}  // namespace mailmgr::store
