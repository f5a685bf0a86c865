// $search on messages: the everyday part of KQL. Words and "phrases" must all occur, property:value narrows one, OR
// separates alternatives, NOT or a minus excludes.
#include <algorithm>

#include "core/base/encoding.h"
#include "tests/sandbox/graph/filter.h"
#include "tests/sandbox/graph/messages.h"
#include "tests/sandbox/mime/parts.h"

namespace mailmgr::sandbox::graph {
namespace {

constexpr std::size_t kMaxResults = 1000;

struct Term {
  bool negated = false;
  std::string property;  // lower case; empty: anywhere
  std::string operation = ":";
  std::string value;  // lower case
};
using Alternatives = std::vector<std::vector<Term>>;

constexpr std::string_view kProperties[] = {
    "attachment",     "bcc",        "body",         "cc",       "from",       "hasattachment",
    "hasattachments", "importance", "participants", "received", "recipients", "sent",
    "size",           "subject",    "to",           "kind"};

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool quoted = false;
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted ^= c == '"';
    } else if (c == ' ' && !quoted) {
      if (!word.empty()) words.push_back(std::move(word));
      word.clear();
    } else {
      word += c;
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

Term term_of(std::string word) {
  Term term;
  if (word.size() > 1 && word.front() == '-') {
    term.negated = true;
    word.erase(0, 1);
  }
  const auto at = word.find_first_of(":<>=");
  const auto name = to_lower_ascii(word.substr(0, at));
  if (at != std::string::npos &&
      std::find(std::begin(kProperties), std::end(kProperties), name) != std::end(kProperties)) {
    const auto value = word.find_first_not_of(":<>=", at);
    term.property = name;
    term.operation = word.substr(at, value == std::string::npos ? std::string::npos : value - at);
    term.value = value == std::string::npos ? "" : to_lower_ascii(word.substr(value));
  } else {
    term.value = to_lower_ascii(word);
  }
  return term;
}

Alternatives parse(std::string_view query) {
  if (query.size() < 2 || query.front() != '"' || query.back() != '"') {
    bad_request("Syntax error: character is not valid in '" + std::string(query) +
                "'. The value of $search must be enclosed in double quotes.");
  }
  Alternatives out(1);
  bool negate = false;
  for (auto& word : words_of(query.substr(1, query.size() - 2))) {
    if (word == "OR") {
      out.emplace_back();
    } else if (word == "NOT") {
      negate = true;
    } else if (word != "AND") {
      auto term = term_of(std::move(word));
      term.negated = term.negated || negate;
      negate = false;
      out.back().push_back(std::move(term));
    }
  }
  return out;
}

bool contains(std::string_view text, std::string_view lower_needle) {
  return to_lower_ascii(text).find(lower_needle) != std::string::npos;
}

bool any_address(const std::vector<mime::Address>& list, std::string_view needle) {
  return std::any_of(list.begin(), list.end(), [&](const mime::Address& address) {
    return contains(address.address, needle) || contains(address.name, needle);
  });
}

bool in_body(const Message& message, std::string_view needle) {
  return contains(mime::plain_text(mime::parse_parts(message.raw())), needle);
}

bool in_attachments(const Message& message, std::string_view needle) {
  const auto root = mime::parse_parts(message.raw());
  const auto parts = mime::flatten(root);
  return std::any_of(parts.begin(), parts.end(),
                     [&](const mime::Part* part) { return contains(part->filename, needle); });
}

bool compare_number(std::int64_t left, std::string_view operation, std::int64_t right, std::int64_t width) {
  if (operation == ">") return left > right;
  if (operation == ">=") return left >= right;
  if (operation == "<") return left < right;
  if (operation == "<=") return left <= right;
  return left >= right && left < right + width;
}

bool by_time(std::int64_t when, const Term& term) {
  std::int64_t wanted = 0;
  if (!parse_time_literal(term.value, wanted)) {
    bad_request("Syntax error: '" + term.value + "' is not a date.");
  }
  return compare_number(when, term.operation, wanted, 86400);
}

bool holds(const Message& message, const Term& term) {
  const auto& facts = header_facts(message);
  const auto& word = term.value;
  const auto& name = term.property;
  const bool recipients = name == "recipients" || name == "participants" || name.empty();
  if (name == "received") return by_time(message.received, term);
  if (name == "sent") return by_time(facts.sent != 0 ? facts.sent : message.received, term);
  if (name == "size")
    return compare_number(static_cast<std::int64_t>(message.raw().size()), term.operation, std::atoll(word.c_str()), 1);
  if (name == "kind") return word == "email";
  if (name.starts_with("hasattachment")) return body_facts(message).has_attachments == (word == "true");
  if (name == "importance") {
    const auto importance = importance_of(message);
    return word == (importance == Importance::high ? "high" : importance == Importance::low ? "low" : "normal");
  }
  if (name == "attachment") return in_attachments(message, word);
  if (name == "body") return in_body(message, word);
  if ((name == "subject" || name.empty()) && contains(facts.subject, word)) return true;
  if ((name == "from" || name == "participants" || name.empty()) && any_address(facts.from, word)) return true;
  if ((name == "to" || recipients) && any_address(facts.to, word)) return true;
  if ((name == "cc" || recipients) && any_address(facts.cc, word)) return true;
  if ((name == "bcc" || recipients) && any_address(facts.bcc, word)) return true;
  return name.empty() && in_body(message, word);
}

}  // namespace

std::vector<const Message*> search_messages(Call& call, const Folder* folder, std::string_view query) {
  const auto alternatives = parse(query);
  const auto matches = [&](const Message& message) {
    return std::any_of(alternatives.begin(), alternatives.end(), [&](const std::vector<Term>& terms) {
      return std::all_of(terms.begin(), terms.end(),
                         [&](const Term& term) { return holds(message, term) != term.negated; });
    });
  };
  std::vector<const Message*> found;
  const auto& index = folder != nullptr ? folder->by_received : call.box().by_received();
  for (auto at = index.rbegin(); at != index.rend() && found.size() < kMaxResults; ++at) {
    const Message& message = *call.box().find(at->second);
    if (matches(message)) {
      found.push_back(&message);
    }
  }
  const auto sent = [](const Message* message) {
    const auto date = header_facts(*message).sent;
    return date != 0 ? date : message->received;
  };
  std::stable_sort(found.begin(), found.end(), [&](const Message* a, const Message* b) { return sent(a) > sent(b); });
  return found;
}

}  // namespace mailmgr::sandbox::graph
