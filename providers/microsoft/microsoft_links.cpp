#include "providers/microsoft/microsoft_links.h"

#include "providers/endpoints.h"
#include "providers/microsoft/microsoft_batch.h"

namespace mailmgr::microsoft {

Result<std::string> below_root(std::string_view link, const Endpoints& endpoints) {
  const auto canonical = Url::parse("https://graph.microsoft.com").value();
  auto target = link_target(link, endpoints.api, canonical, std::string(kRoot) + "/");
  if (!target) return target;
  return target->substr(kRoot.size());
}

std::string odata_quoted(std::string_view text) {
  std::string result;
  for (const char c : text) result.append(c == '\'' ? 2 : 1, c);
  return result;
}

}  // namespace mailmgr::microsoft
