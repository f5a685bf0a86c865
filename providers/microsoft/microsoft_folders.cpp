#include "providers/microsoft/microsoft_folders.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <ranges>
#include <utility>

#include "core/base/encoding.h"
#include "providers/microsoft/microsoft_links.h"
#include "providers/microsoft/microsoft_wire.h"

namespace mailmgr::microsoft {
namespace {

constexpr std::pair<std::string_view, Role> kWellKnown[] = {
    {"inbox", Role::inbox},        {"drafts", Role::drafts},  {"sentitems", Role::sent},
    {"deleteditems", Role::trash}, {"junkemail", Role::spam}, {"archive", Role::archive},
};
constexpr std::string_view kListing = "$top=250&$select=id,displayName,parentFolderId,childFolderCount,totalItemCount";
// Far above what anybody has; a server that goes on and on is not listed for ever.
constexpr std::size_t kMaxFolders = 10000;
constexpr int kDeepest = 300;  // of Exchange's trees
constexpr std::size_t kLongestPath = 4096;

Error no_folders(std::string_view what) {
  return {Code::try_later, fmt::format("{}: the answer is about no folder", what), "run the same command again"};
}

}  // namespace

FolderListing::FolderListing(const ApiClient& client, const std::string& user_root, std::span<const Folder> known)
    : client_(client), root_(user_root) {
  pending_.push_back({fmt::format("{}/mailFolders?{}", root_, kListing), {}});
  if (client.deps().reads_settings) {
    pending_.push_back({fmt::format("{}/outlook/masterCategories", root_), {}, Role::none, true});
  }
  std::set<std::string_view> parents;  // paths; some of them only look so, where a name has a '/'
  for (const std::string_view path : known | std::views::transform(&Folder::path)) {
    for (auto slash = path.find('/'); slash != path.npos; slash = path.find('/', slash + 1)) {
      parents.insert(path.substr(0, slash));
    }
  }
  for (const auto& folder : known) {
    if (folder.kind != Folder::Kind::folder) continue;
    known_.insert(folder.id);
    if (folder.role != Role::none) roles_.emplace(folder.id, folder.role);
    if (parents.contains(folder.path)) list_below(folder.id);
  }
  if (known_.empty()) ask_for_roles();
}

std::vector<BatchGet> FolderListing::next() {
  asked_ = std::exchange(pending_, {});
  std::vector<BatchGet> gets;
  for (const auto& question : asked_) gets.push_back({question.url});
  return gets;
}

Status FolderListing::take(std::size_t request, const BatchAnswer& answer, std::size_t index) {
  const auto& question = asked_[request];
  if (question.categories) return take_categories(answer, index);
  return question.role == Role::none ? take_listing(question, answer, index) : take_role(question.role, answer, index);
}

Folders FolderListing::finish() && {
  Folders result;
  for (auto& [id, entry] : found_) {
    auto path = path_of(id);
    if (!path) continue;
    const auto role = roles_.find(id);
    result.streams.emplace_back(id.value);
    result.folders.push_back(
        {id, Folder::Kind::folder, role == roles_.end() ? Role::none : role->second, *std::move(path), entry.total});
  }
  std::move(categories_.begin(), categories_.end(), std::back_inserter(result.folders));
  return result;
}

void FolderListing::list_below(const FolderId& parent) {
  if (!listed_.insert(parent).second) return;
  pending_.push_back(
      {fmt::format("{}/mailFolders/{}/childFolders?{}", root_, percent_encode(parent.value), kListing), parent});
}

void FolderListing::ask_for_roles() {
  if (std::exchange(roles_asked_, true)) return;
  roles_.clear();
  for (const auto& [name, role] : kWellKnown) {
    pending_.push_back({fmt::format("{}/mailFolders/{}?$select=id", root_, name), {}, role});
  }
}

Status FolderListing::take_role(Role role, const BatchAnswer& answer, std::size_t index) {
  const auto& part = answer.part(index);
  if (part.status == 200 && part.body != nullptr) {
    auto id = read_folder_id(answer.text(), *part.body);
    if (id.value.empty()) return no_folders("looking for a well-known folder");
    roles_.emplace(std::move(id), role);
    return {};
  }
  auto error = client_.error(answer.response(index));
  // Not every mailbox has every folder (the archive comes with its first use).
  if (error.code == Code::gone) return {};
  return error.within("looking for a well-known folder");
}

// Mail can be read without knowing what categories there are, so a refusal (another's mailbox) is no failure.
Status FolderListing::take_categories(const BatchAnswer& answer, std::size_t index) {
  const auto& part = answer.part(index);
  if (part.status != 200 || part.body == nullptr) return {};
  auto list = read_categories(answer.text(), *part.body);
  for (auto& category : list.categories) {
    categories_.push_back(
        {FolderId(category.name), Folder::Kind::label, Role::none, category.name, {}, category.color});
  }
  if (list.next_link.empty()) return {};
  auto next = below_root(list.next_link, client_.deps().endpoints);
  if (!next) return next.error().within("listing the categories");
  if (++pages_ > kMaxFolders) return Error{Code::refused, "listing the categories: there is no end to them", ""};
  pending_.push_back({*std::move(next), {}, Role::none, true});
  return {};
}

Status FolderListing::take_listing(const Question& question, const BatchAnswer& answer, std::size_t index) {
  const auto& part = answer.part(index);
  if (part.status != 200 || part.body == nullptr) {
    auto error = client_.error(answer.response(index));
    if (error.code == Code::gone && !question.parent.value.empty()) return {};  // deleted while we listed
    return error.within("listing the folders");
  }
  // No folders are not the same as no answer: mail would seem to be gone.
  if (!JsonText::at(*part.body, "value").is_array()) return no_folders("listing the folders");
  auto list = read_folders(answer.text(), *part.body);
  for (auto& entry : list.folders) {
    if (found_.size() >= kMaxFolders) return Error{Code::refused, "listing the folders: there is no end to them", ""};
    if (!known_.empty() && !known_.contains(entry.id)) ask_for_roles();
    if (entry.has_children) list_below(entry.id);
    found_.insert_or_assign(std::move(entry.id), Entry{question.parent, std::move(entry.name), entry.total});
  }
  if (list.next_link.empty()) return {};
  auto next = below_root(list.next_link, client_.deps().endpoints);
  if (!next) return next.error().within("listing the folders");
  if (++pages_ > kMaxFolders) return Error{Code::refused, "listing the folders: there is no end to them", ""};
  pending_.push_back({*std::move(next), question.parent});
  return {};
}

// nullopt for what is too long, or hangs in the air: moved while we listed, it is found by the next run.
std::optional<std::string> FolderListing::path_of(FolderId id) const {
  std::string path;
  for (int depth = 0; depth < kDeepest; ++depth) {
    const auto found = found_.find(id);
    if (found == found_.end()) return std::nullopt;
    path = path.empty() ? found->second.name : fmt::format("{}/{}", found->second.name, path);
    if (path.size() > kLongestPath) return std::nullopt;
    if (found->second.parent.value.empty()) return path;
    id = found->second.parent;
  }
  return std::nullopt;
}

}  // namespace mailmgr::microsoft
