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

// A folder that no account has is a mistake: nothing is in it, and everything is outside of it.
Status check_places(App& app, const query::Node& node) {
  for (const auto& child : node.children) {
    if (auto known = check_places(app, child); !known) return known;
  }
  const auto& term = node.term;
  const bool is_place = term.field == query::Field::in || term.field == query::Field::label;
  if (node.kind != query::Node::Kind::term || !is_place) return {};
  std::vector<AccountId> accounts;
  if (!app.options().accounts.empty()) {
    const auto selected = app.selected_accounts();
    if (!selected) return selected.error();
    for (const auto& account : *selected) accounts.push_back(account.id);
  }
  auto mail = app.mail();
  if (!mail) return mail.error();
  const auto known = (*mail)->reader().knows_place(term.text, accounts);
  if (!known) return known.error();
  if (*known) return {};
  return Error{Code::not_found, fmt::format("there is no folder or label \"{}\"", output::one_line(term.text)),
               "mailmgr folders"};
}

}  // namespace

std::string joined_words(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, " "));
}

Result<query::Query> read_query(App& app, std::string_view text) {
  const auto saved = [&](std::string_view name) -> Result<std::optional<std::string>> {
    auto mail = app.mail();
    if (!mail) return mail.error();
    auto found = (*mail)->saved_searches().find(name);
    if (!found) return found.error();
    return *found ? std::optional((*found)->query) : std::nullopt;
  };
  auto query = query::parse(text, app.clock().now(), saved);
  if (!query) {
    point_at(app, text, query.error());
    return query;
  }
  if (auto known = check_places(app, query->root); !known) return known.error();
  return query;
}

Result<query::Query> read_some_query(App& app, std::string_view text, std::string_view command) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return Error{Code::usage, fmt::format("{}: the query is empty, which would be everything", command),
                 "mailmgr help query"};
  }
  return read_query(app, text);
}

bool names_saved_search(App& app, std::string_view word) {
  if (!word.starts_with('@') || !query::is_saved_name(word.substr(1))) return false;
  auto mail = app.mail();
  if (!mail) return false;
  const auto found = (*mail)->saved_searches().find(word.substr(1));
  return found && found->has_value();
}

}  // namespace mailmgr
