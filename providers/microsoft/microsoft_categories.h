// The colours of Outlook's categories, and the list of categories that a mailbox keeps ("outlookCategory resource
// type", "List masterCategories"). Messages carry names; the list gives some of them a colour.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/ports/curator.h"
#include "providers/api_client.h"
#include "providers/microsoft/microsoft_wire.h"

namespace mailmgr::microsoft {

// ProviderSpec::color: "red", or one of Outlook's own words, "preset0" to "preset24" and "none".
Result<std::string> category_color(std::string_view word);

class Categories {
 public:
  Categories(ApiClient& client, const std::string& user_root) : client_(client), root_(user_root) {}

  // As Curator has them.
  Result<Folder> create(const FolderWish& wish, const Stop& stop);
  Result<Folder> change(const Folder& category, const FolderWish& wish, const Stop& stop);
  Status remove(const Folder& category, const Stop& stop);

 private:
  Result<Folder> make(const FolderWish& wish, const Stop& stop);
  Result<std::optional<Category>> find(std::string_view name, const Stop& stop);
  Result<std::string> path_of(const Folder& category, const Stop& stop);

  ApiClient& client_;
  const std::string& root_;
};

}  // namespace mailmgr::microsoft
