#include "cmd/guide.h"

namespace mailmgr {
namespace {

void fill_in(std::string& text, std::string_view placeholder, const std::string& value) {
  for (std::size_t at = 0; (at = text.find(placeholder, at)) != std::string::npos; at += value.size()) {
    text.replace(at, placeholder.size(), value);
  }
}

}  // namespace

Guide make_guide(const ProviderSpec& spec, AccessLevel access) {
  Guide guide;
  // A desktop client's loopback address is registered without the port (Microsoft), or not at all (Google).
  guide.redirect_uri = "http://" + std::string(spec.redirect_host);
  guide.scopes = spec.scopes(access, {});
  std::string scopes;
  for (const auto& scope : guide.scopes) scopes += (scopes.empty() ? "" : " ") + scope;
  guide.text = spec.guide;
  fill_in(guide.text, "{redirect_uri}", guide.redirect_uri);
  fill_in(guide.text, "{scopes}", scopes);
  if (!guide.text.empty() && guide.text.back() != '\n') guide.text += '\n';
  std::string line;
  for (const char c : guide.text) {
    if (c != '\n') {
      line += c;
    } else if (!line.empty()) {
      guide.steps.push_back(line);
      line.clear();
    }
  }
  return guide;
}

}  // namespace mailmgr
