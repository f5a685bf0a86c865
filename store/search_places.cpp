// The part of QueryCompiler that knows folders, labels and categories.
#include "store/search_places.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "store/fold.h"
#include "store/search_sql.h"

namespace mailmgr::store {
namespace {

constexpr std::string_view kArchive = "archive";

// Rows in which no message is filed: "archive" on a provider without a folder of that role.
constexpr const char* kUnfiled =
    "NOT EXISTS (SELECT 1 FROM membership b JOIN folder f ON f.id = b.folder WHERE b.message = m.id AND f.kind = 0)";

// As Gmail's label: does, '-' stands for spaces and slashes.
std::string dashed(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == ' ' || c == '/'; }, '-');
  return text;
}

// A name as it is compared, and whether what is below is meant, too.
struct PlaceName {
  std::string name;
  bool and_below = false;
};

PlaceName read_place(std::string_view text) {
  PlaceName place{fold_case(text)};
  place.and_below = place.name.size() > 2 && place.name.ends_with("/*");
  if (place.and_below) place.name.resize(place.name.size() - 2);
  return place;
}

// What is under the folders of these rows, or under a name that is no folder itself.
void add_below(const std::vector<StoredFolder>& folders, const std::string& name, std::vector<std::int64_t>& rows) {
  std::vector<std::pair<std::optional<AccountId>, std::string>> above{{std::nullopt, name + "/"}};
  for (const auto& stored : folders) {
    if (std::find(rows.begin(), rows.end(), stored.row) == rows.end()) continue;
    above.emplace_back(stored.account, fold_case(stored.folder.path) + "/");
  }
  for (const auto& stored : folders) {
    const auto path = fold_case(stored.folder.path);
    const bool is_below = std::any_of(above.begin(), above.end(), [&](const auto& parent) {
      return (!parent.first || *parent.first == stored.account) && path.starts_with(parent.second);
    });
    if (is_below) rows.push_back(stored.row);
  }
}

}  // namespace

std::vector<std::int64_t> places_called(const std::vector<StoredFolder>& folders, std::string_view text) {
  const auto [name, and_below] = read_place(text);
  const auto wanted_role = role(name);
  std::vector<std::int64_t> rows;
  std::set<AccountId> have_it;
  for (const auto& [row, account, folder] : folders) {
    const bool has_role = wanted_role && folder.role == *wanted_role;
    if (!has_role && fold_case(folder.path) != name && fold_case(folder.id.value) != name) continue;
    rows.push_back(row);
    have_it.insert(account);
  }
  for (const auto& [row, account, folder] : folders) {
    if (have_it.contains(account)) continue;
    const auto same = [&](const std::string& path) { return dashed(fold_case(path)) == dashed(name); };
    if (same(folder.path) || same(folder.id.value)) rows.push_back(row);
  }
  if (and_below) add_below(folders, name, rows);
  return rows;
}

bool is_place_of_all(std::string_view text) {
  const auto [name, and_below] = read_place(text);
  return role(name).has_value() || (name == "anywhere" && !and_below);
}

std::string QueryCompiler::label(const Term& term) {
  if (fold_case(term.text) == kArchive) return place(term);
  return in_folders(places_called(folders_, term.text));
}

std::string QueryCompiler::place(const Term& term) {
  const auto name = fold_case(term.text);
  if (name == "anywhere") return kEverything;
  if (name != kArchive) return label(term);
  const bool conjunct = std::exchange(conjunct_, false);  // half of an OR drives nothing
  const auto text = fmt::format("({} OR {})", in_folders(with_role(Role::archive)), kUnfiled);
  conjunct_ = conjunct;
  return text;
}

std::vector<std::int64_t> QueryCompiler::with_role(Role role) const {
  std::vector<std::int64_t> rows;
  for (const auto& stored : folders_) {
    if (stored.folder.role == role) rows.push_back(stored.row);
  }
  return rows;
}

}  // namespace mailmgr::store
