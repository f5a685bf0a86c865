#include "store/saved_searches.h"

#include <fmt/format.h>

namespace mailmgr::store {

Status SqliteSavedSearches::put(const SavedSearch& search) {
  return db_.write(fmt::format("saving the search {}", search.name), [&] {
    db_.sql("INSERT OR REPLACE INTO saved_search (name, query, changed) VALUES (?,?,?)")
        .bind(search.name, search.query, search.changed)
        .run();
  });
}

Result<std::optional<SavedSearch>> SqliteSavedSearches::find(std::string_view name) {
  return db_.read("reading a saved search", [&]() -> std::optional<SavedSearch> {
    auto row = db_.sql("SELECT name, query, changed FROM saved_search WHERE name = ?");
    if (!row.bind(name).step()) return std::nullopt;
    return SavedSearch{row.text(0), row.text(1), row.time(2)};
  });
}

Result<std::vector<SavedSearch>> SqliteSavedSearches::list() {
  return db_.read("listing the saved searches", [&] {
    std::vector<SavedSearch> result;
    auto row = db_.sql("SELECT name, query, changed FROM saved_search ORDER BY name");
    while (row.step()) result.push_back({row.text(0), row.text(1), row.time(2)});
    return result;
  });
}

Result<bool> SqliteSavedSearches::remove(std::string_view name) {
  return db_.write("forgetting a saved search", [&] {
    db_.sql("DELETE FROM saved_search WHERE name = ?").bind(name).run();
    return db_.changed() > 0;
  });
}

}  // namespace mailmgr::store
