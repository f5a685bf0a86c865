// The part of QueryCompiler that knows folders, labels and categories.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "store/fold.h"
#include "store/search_sql.h"

namespace mailmgr::store {
namespace {

// Rows in which no message is filed: "archive" on a provider without a folder of that role.
constexpr const char* kUnfiled =
    "NOT EXISTS (SELECT 1 FROM membership b JOIN folder f ON f.id = b.folder WHERE b.message = m.id AND f.kind = 0)";

// As Gmail's label: does, '-' stands for spaces and slashes.
std::string dashed(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == ' ' || c == '/'; }, '-');
  return text;
}

}  // namespace

// A label or folder by its role, its name or (a system label of Gmail) its id; with "/*" behind it, also what is under
// it.
std::string QueryCompiler::label(const Term& term) {
  auto name = fold_case(term.text);
  const bool and_below = name.size() > 2 && name.ends_with("/*");
  if (and_below) name.resize(name.size() - 2);
  std::vector<std::int64_t> rows;
  if (const auto found = role(name)) {
    if (*found == Role::archive && !and_below) return place(term);
    rows = with_role(*found);
  }
  const auto collect = [&](const auto& same) {
    for (const auto& stored : folders_) {
      if (same(fold_case(stored.folder.path)) || same(fold_case(stored.folder.id.value))) rows.push_back(stored.row);
    }
  };
  collect([&](const std::string& path) { return path == name; });
  if (rows.empty()) collect([&](const std::string& path) { return dashed(path) == dashed(name); });
  if (and_below) add_below(name, rows);
  return in_folders(rows);
}

// What is under the folders of these rows, or under a name that is no folder itself.
void QueryCompiler::add_below(const std::string& name, std::vector<std::int64_t>& rows) const {
  std::vector<std::pair<std::optional<AccountId>, std::string>> above{{std::nullopt, name + "/"}};
  for (const auto& stored : folders_) {
    if (std::find(rows.begin(), rows.end(), stored.row) == rows.end()) continue;
    above.emplace_back(stored.account, fold_case(stored.folder.path) + "/");
  }
  for (const auto& stored : folders_) {
    const auto path = fold_case(stored.folder.path);
    const bool is_below = std::any_of(above.begin(), above.end(), [&](const auto& parent) {
      return (!parent.first || *parent.first == stored.account) && path.starts_with(parent.second);
    });
    if (is_below) rows.push_back(stored.row);
  }
}

std::string QueryCompiler::place(const Term& term) {
  const auto name = fold_case(term.text);
  if (name == "anywhere") return kEverything;
  if (name != "archive") return label(term);
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
