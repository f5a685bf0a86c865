#include "store/search_sql.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "core/base/encoding.h"
#include "store/annotations.h"
#include "store/fold.h"
#include "store/marks.h"
#include "store/messages.h"
#include "store/people.h"
#include "store/search_index.h"

namespace mailmgr::store {
namespace {

using query::Field;
using Kind = query::Node::Kind;

// As what somebody is named whom a field asks for. A domain is of everybody, but of no list.
constexpr std::pair<Field, PersonKind> kNamedAs[] = {
    {Field::from, PersonKind::from}, {Field::to, PersonKind::to},     {Field::cc, PersonKind::cc},
    {Field::bcc, PersonKind::bcc},   {Field::list, PersonKind::list}, {Field::domain, PersonKind::from},
    {Field::domain, PersonKind::to}, {Field::domain, PersonKind::cc}, {Field::domain, PersonKind::bcc},
};

std::optional<std::string> column_of(Field field) {
  switch (field) {
    case Field::any:
      return "";
    case Field::subject:
      return "subject : ";
    case Field::body:
      return "body : ";
    case Field::filename:
      return "files : ";
    default:
      return std::nullopt;
  }
}

// What to look for in "name <address>" (see folded_person). With an @ it is the address alone that counts, from its
// beginning to its end, so that neither a display name nor evil.example.org.example can pose as it.
// Of "Ada <ada@example.org>" it is what the brackets hold. Empty: nobody.
std::string person_pattern(std::string_view text) {
  if (const auto open = text.find('<'), close = text.find('>', open); close != std::string_view::npos) {
    text = text.substr(open + 1, close - open - 1);
  }
  std::string folded = fold_case(text);
  std::replace_if(
      folded.begin(), folded.end(), [](char c) { return c == '<' || c == '>'; }, ' ');
  folded.erase(0, folded.find_first_not_of(" \t"));
  folded.erase(folded.find_last_not_of(" \t") + 1);
  const auto at = folded.find('@');
  if (at == std::string::npos) return folded;
  const bool whole_domain = folded.find('.', at) != std::string::npos;
  if (whole_domain) folded += '>';
  if (at > 0) folded.insert(folded.begin(), '<');
  return folded;
}

void collect_free_words(const query::Node& node, std::set<std::string>& words) {
  if (node.kind == Kind::term && node.term.field == Field::any) words.insert(match_phrase(node.term.text));
  for (const auto& child : node.children) collect_free_words(child, words);
}

std::string list_of(const std::vector<std::int64_t>& rows) {
  return fmt::format("{}", fmt::join(rows, ","));
}

}  // namespace

void bind_parameters(Sql& sql, const Parameters& parameters) {
  int number = kFirstParameter;
  for (const auto& parameter : parameters) {
    // A statement may be made of some of the query's conditions only.
    if (number > sql.parameters()) return;
    std::visit([&](const auto& value) { sql.set(number, value); }, parameter);
    ++number;
  }
}

QueryCompiler::QueryCompiler(Database& db, const std::vector<AccountName>& names)
    : db_(db), names_(names), folders_(read_folders(db, std::nullopt)) {}

CompiledQuery QueryCompiler::compile(const query::Query& query, const Selection& selection) {
  const auto noted = noted_by(query.root);
  auto by_notes = noted.empty() ? CompiledQuery() : look_at_noted(query, selection, noted);
  result_ = {};
  words_.clear();
  not_words_.clear();
  add_conjunct(query.root);
  add_scope(query, selection);
  if (!noted.empty()) {
    result_.filters.push_back(fmt::format("m.id NOT IN (SELECT value FROM json_each({}))", parameter(noted)));
    result_.noted = std::move(by_notes.noted);
    result_.noted_candidates = by_notes.noted_candidates;
  }

  Node excluded{Kind::any_of, std::move(not_words_), {}};
  if (auto match = match_all(words_)) {
    if (auto without = match_of(excluded)) match = fmt::format("({}) NOT ({})", *match, *without);
    parameter(*std::move(match));
    result_.match = kFirstParameter - 1 + static_cast<int>(result_.parameters.size());
  } else if (auto without = match_of(excluded)) {
    result_.filters.push_back("NOT " + in_index(*without));
  }
  return std::move(result_);
}

// The messages whose notes have one of the free words, as a JSON array; empty: none.
std::string QueryCompiler::noted_by(const Node& root) {
  if (!db_.sql("SELECT rowid FROM note_search LIMIT 1").step()) return {};
  std::set<std::string> words;
  collect_free_words(root, words);
  if (words.empty()) return {};
  auto found = db_.sql(
      "SELECT json_group_array(a.message) FROM note_search CROSS JOIN annotation a ON a.id = note_search.rowid"
      " WHERE note_search MATCH ? AND a.message IS NOT NULL");
  found.bind(fmt::format("{}", fmt::join(words, " OR "))).step();
  const auto ids = found.text(0);
  return ids == "[]" ? std::string() : ids;
}

CompiledQuery QueryCompiler::look_at_noted(const query::Query& query, const Selection& selection,
                                           const std::string& noted) {
  result_ = {};
  noting_ = true;
  const auto asked = condition(query.root);
  noting_ = false;
  result_.filters.push_back(asked);
  add_scope(query, selection);
  const auto list = parameter(noted);
  auto row =
      db_.sql_once(fmt::format("SELECT m.received, m.id FROM json_each({}) j CROSS JOIN message m ON m.id = j.value"
                               " WHERE m.stored > 0 AND {} ORDER BY m.received, m.id",
                               list, fmt::join(result_.filters, " AND ")));
  bind_parameters(row, result_.parameters);
  CompiledQuery found;
  while (row.step()) found.noted.push_back({row.integer(0), row.integer(1)});
  found.noted_candidates = static_cast<std::size_t>(std::count(noted.begin(), noted.end(), ',')) + 1;
  return found;
}

// What holds for every hit besides what the query says.
void QueryCompiler::add_scope(const query::Query& query, const Selection& selection) {
  for (const auto& [accounts, is_in] : {std::pair{&selection.accounts, "IN"}, {&selection.without, "NOT IN"}}) {
    if (accounts->empty()) continue;
    std::vector<std::int64_t> numbers;
    for (const auto account : *accounts) numbers.push_back(account.value);
    result_.filters.push_back(fmt::format("m.account {} ({})", is_in, list_of(numbers)));
  }
  std::vector<std::int64_t> hidden;
  for (const auto role : {Role::spam, Role::trash}) {
    if (role == Role::spam ? query.reaches_spam : query.reaches_trash) continue;
    for (const auto row : with_role(role)) hidden.push_back(row);
  }
  if (!hidden.empty()) result_.filters.push_back("NOT " + in_folders(hidden));
}

// Takes apart what must hold for every hit: full-text parts are gathered into one expression, which FTS5 answers much
// faster than several; the rest becomes conditions.
void QueryCompiler::add_conjunct(const Node& node) {
  if (node.kind == Kind::all_of) {
    for (const auto& child : node.children) add_conjunct(child);
    return;
  }
  if (match_of(node)) {
    words_.push_back(node);
    return;
  }
  if (node.kind == Kind::none_of && !node.children.empty() && match_of(node.children.front())) {
    not_words_.push_back(node.children.front());
    return;
  }
  conjunct_ = node.kind == Kind::term;
  const auto text = condition(node);
  conjunct_ = false;
  result_.filters.push_back(text);
}

// The node as one FTS5 expression, if words are all it asks for.
std::optional<std::string> QueryCompiler::match_of(const Node& node) const {
  if (node.kind == Kind::term) {
    if (noting_ && node.term.field == Field::any) return std::nullopt;
    const auto column = column_of(node.term.field);
    return column ? std::optional(*column + match_phrase(node.term.text)) : std::nullopt;
  }
  if (node.kind == Kind::none_of || node.children.empty()) return std::nullopt;
  if (node.kind == Kind::all_of) return match_all(node.children);
  std::string text;
  for (const auto& child : node.children) {
    const auto part = match_of(child);
    if (!part) return std::nullopt;
    text += fmt::format("{}({})", text.empty() ? "" : " OR ", *part);
  }
  return text;
}

// Single words stand side by side, groups are joined by AND: FTS5 ignores a "word" of punctuation alone in the first
// form, while as an operand of AND it matches nothing.
std::optional<std::string> QueryCompiler::match_all(const std::vector<Node>& nodes) const {
  if (nodes.empty()) return std::nullopt;
  std::string words;
  std::string groups;
  for (const auto& node : nodes) {
    const auto part = match_of(node);
    if (!part) return std::nullopt;
    if (node.kind == Kind::term) {
      words += (words.empty() ? "" : " ") + *part;
    } else {
      groups += fmt::format("{}({})", groups.empty() ? "" : " AND ", *part);
    }
  }
  return words.empty() ? groups : groups.empty() ? words : words + " AND " + groups;
}

std::string QueryCompiler::condition(const Node& node) {
  if (auto match = match_of(node)) return in_index(*match);
  switch (node.kind) {
    case Kind::term:
      return term(node.term);
    case Kind::none_of:
      return node.children.empty() ? kEverything : "NOT " + condition(node.children.front());
    case Kind::all_of:
      return node.children.empty() ? kEverything : join(node.children, " AND ");
    case Kind::any_of:
      return node.children.empty() ? kNothing : join(node.children, " OR ");
  }
  return kNothing;
}

// As a balanced tree: SQLite refuses expressions that are nested too deeply, and a chain of 1,000 ORs is.
std::string QueryCompiler::join(const std::vector<Node>& nodes, const char* op) {
  std::vector<std::string> parts;
  for (const auto& node : nodes) parts.push_back(condition(node));
  while (parts.size() > 1) {
    std::vector<std::string> pairs;
    for (std::size_t i = 0; i < parts.size(); i += 2) {
      pairs.push_back(i + 1 < parts.size() ? "(" + parts[i] + op + parts[i + 1] + ")" : std::move(parts[i]));
    }
    parts = std::move(pairs);
  }
  return std::move(parts.front());
}

std::string QueryCompiler::term(const Term& term) {
  switch (term.field) {
    case Field::from:
    case Field::to:
    case Field::cc:
    case Field::bcc:
    case Field::list:
    case Field::domain:
      return person(term);
    case Field::label:
      return label(term);
    case Field::in:
      return place(term);
    case Field::is:
      return flag(term);
    case Field::has:
      if (equals_ignoring_ascii_case(term.text, "note")) {
        return in_set("x.received", "x.id",
                      "FROM annotation a CROSS JOIN message x ON x.id = a.message WHERE a.note IS NOT NULL"
                      " AND x.stored > 0");
      }
      return equals_ignoring_ascii_case(term.text, "attachment") ? fmt::format("m.flags & {} <> 0", kHasAttachments)
                                                                 : kNothing;
    case Field::note:
      return in_notes(match_phrase(term.text));
    case Field::larger:
      return fmt::format("m.size > {}", parameter(static_cast<std::int64_t>(term.number.value_or(0))));
    case Field::smaller:
      return fmt::format("m.size < {}", parameter(static_cast<std::int64_t>(term.number.value_or(0))));
    case Field::after:
    case Field::before: {
      const auto millis = term.time ? storable_millis(*term.time) : 0;
      const bool after = term.field == Field::after;
      auto& bound = after ? result_.received_from : result_.received_before;
      if (conjunct_) bound = bound ? (after ? std::max(*bound, millis) : std::min(*bound, millis)) : millis;
      return fmt::format("m.received {} {}", after ? ">=" : "<", parameter(millis));
    }
    case Field::account:
      return account(term);
    case Field::thread:
      return in_set("received", "id", "FROM message WHERE stored > 0 AND thread = " + parameter(term.text));
    case Field::id:
      return in_set(
          "received", "id",
          "FROM message WHERE stored > 0 AND id = " + parameter(static_cast<std::int64_t>(term.number.value_or(0))));
    case Field::message_id: {
      const auto bare = !term.text.empty() && term.text.front() != '<' ? "<" + term.text + ">" : term.text;
      return in_set("received", "id",
                    fmt::format("FROM message WHERE stored > 0 AND message_id IN ({}, {})", parameter(term.text),
                                parameter(bare)));
    }
    case Field::any:
      // Only where notes count: match_of() has it else.
      return fmt::format("({} OR {})", in_index(match_phrase(term.text)), in_notes(match_phrase(term.text)));
    case Field::subject:
    case Field::body:
    case Field::filename:
      break;  // match_of() has them
  }
  return kNothing;
}

std::string QueryCompiler::flag(const Term& term) {
  const auto is = [&](std::string_view word) { return equals_ignoring_ascii_case(term.text, word); };
  if (is("unread")) return fmt::format("m.flags & {} <> 0", kUnread);
  if (is("read")) return fmt::format("m.flags & {} = 0", kUnread);
  if (is("starred")) return fmt::format("m.flags & {} <> 0", kStarred);
  if (is("draft")) return fmt::format("m.flags & {} <> 0", kDraft);
  if (is("todo")) {
    return in_set("x.received", "x.id",
                  fmt::format("FROM annotation a CROSS JOIN message x ON x.id = a.message WHERE a.todo = {}"
                              " AND x.stored > 0",
                              kOpenTodo));
  }
  if (is("sent")) return in_folders(with_role(Role::sent));
  return kNothing;
}

std::string QueryCompiler::person(const Term& term) {
  std::vector<std::int64_t> kinds;
  unsigned mask = 0;
  for (const auto& [field, kind] : kNamedAs) {
    if (field != term.field) continue;
    kinds.push_back(static_cast<std::int64_t>(kind));
    mask |= 1U << static_cast<unsigned>(kind);
  }
  std::string pattern = person_pattern(term.text);
  // A name is found without regard to accents, an address is not.
  std::string other = pattern.find('@') == std::string::npos ? without_accents(pattern) : pattern;
  if (pattern.empty()) return kNothing;
  if (term.field == Field::domain) {
    // The domain itself and what is under it, of anybody named.
    const auto domain = fold_case(term.text.starts_with('@') ? term.text.substr(1) : term.text);
    pattern = "@" + domain + ">";
    other = "." + domain + ">";
  }
  // Addresses are few, so they are looked through once, here; messages are then found by the numbers of those that fit.
  auto found = db_.sql("SELECT json_group_array(id) FROM address WHERE instr(folded, ?) OR instr(folded, ?)");
  found.bind(pattern, other).step();
  const auto rows = parameter(found.text(0));
  offer_set(
      fmt::format("SELECT p.received, p.message FROM participant p WHERE p.kind IN ({})"
                  " AND p.address IN (SELECT value FROM json_each({}))",
                  list_of(kinds), rows));
  return fmt::format("mailmgr_names(m.people, {}, {})", mask, rows);
}

std::string QueryCompiler::account(const Term& term) {
  std::vector<std::int64_t> accounts;
  for (const auto& name : names_) {
    if (name.name == term.text || equals_ignoring_ascii_case(name.email, term.text)) accounts.push_back(name.id.value);
  }
  return accounts.empty() ? kNothing : fmt::format("m.account IN ({})", list_of(accounts));
}

std::string QueryCompiler::in_folders(const std::vector<std::int64_t>& rows) {
  if (rows.empty()) return kNothing;
  const auto list = list_of(rows);
  offer_set(fmt::format("SELECT received, message FROM membership WHERE folder IN ({}) AND received >= 0", list),
            rows.size() == 1 ? std::optional(rows.front()) : std::nullopt);
  return fmt::format("EXISTS (SELECT 1 FROM membership b WHERE b.message = m.id AND b.folder IN ({}))", list);
}

std::string QueryCompiler::in_set(const char* received, const char* id, const std::string& rest) {
  offer_set(fmt::format("SELECT {}, {} {}", received, id, rest));
  // The + keeps SQLite from looking up every number of the set for every message, which it thinks is fast.
  return fmt::format("+m.id IN (SELECT {} {})", id, rest);
}

void QueryCompiler::offer_set(const std::string& select, std::optional<std::int64_t> folder) {
  if (conjunct_) result_.sets.push_back({select, folder, result_.filters.size()});
}

std::string QueryCompiler::in_index(const std::string& match) {
  return fmt::format("+m.position IN (SELECT rowid FROM search WHERE search MATCH {})", parameter(match));
}

std::string QueryCompiler::in_notes(const std::string& match) {
  return in_set("x.received", "x.id",
                fmt::format("FROM note_search CROSS JOIN annotation a ON a.id = note_search.rowid CROSS JOIN message x"
                            " ON x.id = a.message WHERE note_search MATCH {} AND x.stored > 0",
                            parameter(match)));
}

std::string QueryCompiler::parameter(std::variant<std::int64_t, std::string> value) {
  result_.parameters.push_back(std::move(value));
  return fmt::format("?{}", kFirstParameter - 1 + static_cast<int>(result_.parameters.size()));
}

}  // namespace mailmgr::store
