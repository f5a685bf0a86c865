#include "cmd/guide.h"

#include <fmt/format.h>

#include <sstream>

namespace mailmgr {
namespace {

constexpr std::string_view kIndent = "   ";

void fill_in(std::string& text, std::string_view placeholder, const std::string& value) {
  for (std::size_t at = 0; (at = text.find(placeholder, at)) != std::string::npos; at += value.size()) {
    text.replace(at, placeholder.size(), value);
  }
}

// Application permissions have the names of the delegated ones; what only makes sense for a person who logs in, or for
// somebody else's mailbox, is none.
bool is_application_permission(std::string_view scope) {
  return scope != "User.Read" && scope != "offline_access" && !scope.ends_with(".Shared") &&
         scope.find("://") == std::string_view::npos;
}

std::vector<std::string> scopes_of(const ProviderSpec& spec, const GuideWish& wish) {
  auto scopes = spec.scopes(wish.access, wish.with);
  if (wish.organisation && spec.kind == ProviderKind::microsoft) {
    std::erase_if(scopes, [](const std::string& scope) { return !is_application_permission(scope); });
  }
  return scopes;
}

std::string joined(const std::vector<std::string>& words, std::string_view separator, std::string_view before = "") {
  std::string text;
  for (const auto& word : words) text += fmt::format("{}{}{}", text.empty() ? "" : separator, before, word);
  return text;
}

std::string options_of(const GuideWish& wish) {
  std::string options;
  if (wish.access != AccessLevel::full) options += fmt::format(" --access {}", to_string(wish.access));
  if (!wish.with.empty()) options += " --with " + joined({wish.with.begin(), wish.with.end()}, ",");
  return options;
}

}  // namespace

Guide make_guide(const ProviderSpec& spec, const GuideWish& wish) {
  Guide guide;
  // A desktop client's loopback address is registered without the port (Microsoft), or not at all (Google).
  if (!wish.organisation) guide.redirect_uri = "http://" + std::string(spec.redirect_host);
  guide.scopes = scopes_of(spec, wish);
  guide.text = wish.organisation ? spec.organisation_guide : spec.guide;
  fill_in(guide.text, "{redirect_uri}", guide.redirect_uri);
  fill_in(guide.text, "{scopes}", joined(guide.scopes, "\n", kIndent));
  fill_in(guide.text, "{scope_list}", joined(guide.scopes, ","));
  fill_in(guide.text, "{options}", options_of(wish));
  std::istringstream lines(guide.text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty()) guide.steps.push_back(line);
  }
  return guide;
}

}  // namespace mailmgr
