#include "cmd/query_text.h"

#include <fmt/format.h>

#include "cmd/app.h"
#include "cmd/output/terminal.h"
#include "store/store.h"

namespace mailmgr {
namespace {

constexpr std::size_t kLongestShown = 200;

// The query and a mark below the place that an error names.
void point_at(App& app, std::string_view text, const Error& error) {
  const auto place = query::place_of(error);
  if (!place || app.options().json || text.size() > kLongestShown) return;
  std::size_t end = 0;
  for (std::size_t left = *place; end < text.size() && left > 0; --left) {
    do ++end;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80);
  }
  const auto before = output::one_line(text.substr(0, end));
  app.say(fmt::format("  {}", output::one_line(text)));
  app.say(fmt::format("  {}^", std::string(output::width(before), ' ')));
}

// The first name of a folder or label that none of the accounts has; nullopt: all are known.
Result<std::optional<std::string>> unknown_place(MessageReader& reader, const query::Node& node,
                                                 const std::vector<AccountId>& accounts) {
  for (const auto& child : node.children) {
    auto unknown = unknown_place(reader, child, accounts);
    if (!unknown || *unknown) return unknown;
  }
  const auto& term = node.term;
  const bool is_place = term.field == query::Field::in || term.field == query::Field::label;
  if (node.kind != query::Node::Kind::term || !is_place) return std::optional<std::string>();
  const auto known = reader.knows_place(term.text, accounts);
  if (!known) return known.error();
  return *known ? std::nullopt : std::optional(term.text);
}

}  // namespace

std::string joined_words(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, " "));
}

Result<query::Query> read_query(App& app, std::string_view command, std::string_view text,
                                const std::vector<AccountId>& accounts) {
  std::string names;  // of the saved searches in it
  const auto saved = [&](std::string_view name) -> Result<std::optional<std::string>> {
    auto mail = app.mail();
    if (!mail) return mail.error();
    auto found = (*mail)->saved_searches().find(name);
    if (!found) return found.error();
    if (!*found) return std::optional<std::string>();
    names += fmt::format(" @{}", name);
    return std::optional((*found)->query);
  };
  auto query = query::parse(text, app.clock().now(), saved);
  if (!query) {
    point_at(app, text, query.error());
    return query;
  }
  // Nothing is in a folder that there is not, and everything is outside of it: a slip would choose all messages.
  auto mail = app.mail();
  if (!mail) return mail.error();
  const auto unknown = unknown_place((*mail)->reader(), query->root, accounts);
  if (!unknown) return unknown.error();
  if (!*unknown) return query;
  return Error{Code::not_found,
               fmt::format("{}: there is no folder or label \"{}\"", command, output::one_line(**unknown)),
               names.empty() ? "mailmgr folders" : fmt::format("mailmgr folders; the name may be one in{}", names)};
}

bool names_saved_search(App& app, std::string_view word) {
  if (!word.starts_with('@') || !query::is_saved_name(word.substr(1))) return false;
  auto mail = app.mail();
  if (!mail) return false;
  const auto found = (*mail)->saved_searches().find(word.substr(1));
  return found && found->has_value();
}

}  // namespace mailmgr
