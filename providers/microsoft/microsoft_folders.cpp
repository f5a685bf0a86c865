#include "providers/microsoft/microsoft_folders.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "core/base/encoding.h"
#include "providers/microsoft/microsoft_batch.h"
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

Error no_folders(std::string_view what) {
  return {Code::try_later, fmt::format("{}: the answer is about no folder", what), "run the same command again"};
}

class FolderListing {
 public:
  FolderListing(ApiClient& client, const std::string& root, const Stop& stop)
      : client_(client), root_(root), stop_(stop) {}

  Result<Folders> run() {
    pending_.push_back({fmt::format("{}/mailFolders?{}", root_, kListing), ""});
    for (const auto& known : kWellKnown)
      pending_.push_back({fmt::format("{}/mailFolders/{}?$select=id", root_, known.first), ""});
    well_known_ = std::size(kWellKnown);
    while (!pending_.empty()) {
      if (auto level = next_level(); !level) return level.error();
    }
    Folders result;
    for (auto& folder : found_) {
      if (const auto role = roles_.find(folder.id); role != roles_.end()) folder.role = role->second;
      result.streams.emplace_back(folder.id.value);
      result.folders.push_back(std::move(folder));
    }
    return result;
  }

 private:
  struct Listing {
    std::string url;
    std::string parent_path;
  };

  // Asks for everything that is pending; what that brings up is pending next.
  Status next_level() {
    auto asked = std::move(pending_);
    pending_.clear();
    std::vector<BatchGet> gets;
    for (auto& listing : asked) gets.push_back({listing.url});
    const auto roles_from = asked.size() - well_known_;  // the first batch ends with the well-known names
    const bool first = well_known_ > 0;
    well_known_ = 0;
    Status outcome;
    const auto done = batch_all(client_, "listing the folders", gets, stop_,
                                [&](std::size_t request, const BatchAnswer& answer, std::size_t index) {
                                  auto taken = first && request >= roles_from
                                                   ? take_role(kWellKnown[request - roles_from].second, answer, index)
                                                   : take_listing(asked[request], answer, index);
                                  if (!taken) outcome = taken;
                                });
    if (!done) return done;
    return outcome;
  }

  Status take_role(Role role, const BatchAnswer& answer, std::size_t index) {
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

  Status take_listing(const Listing& listing, const BatchAnswer& answer, std::size_t index) {
    const auto& part = answer.part(index);
    if (part.status != 200 || part.body == nullptr) {
      auto error = client_.error(answer.response(index));
      if (error.code == Code::gone && !listing.parent_path.empty()) return {};  // deleted while we listed
      return error.within("listing the folders");
    }
    // No folders are not the same as no answer: mail would seem to be gone.
    if (!JsonText::at(*part.body, "value").is_array()) return no_folders("listing the folders");
    auto list = read_folders(answer.text(), *part.body);
    for (auto& entry : list.folders) {
      if (found_.size() >= kMaxFolders) return Error{Code::refused, "listing the folders: there is no end to them", ""};
      if (!seen_.insert(entry.id.value).second) continue;
      auto path = listing.parent_path.empty() ? entry.name : fmt::format("{}/{}", listing.parent_path, entry.name);
      if (path.size() > 4096) continue;  // Exchange's names are short and its trees at most 300 deep
      if (entry.has_children) {
        pending_.push_back(
            {fmt::format("{}/mailFolders/{}/childFolders?{}", root_, percent_encode(entry.id.value), kListing), path});
      }
      found_.push_back({std::move(entry.id), Folder::Kind::folder, Role::none, std::move(path), entry.total});
    }
    if (list.next_link.empty()) return {};
    auto next = below_root(list.next_link, client_.deps().endpoints);
    if (!next) return next.error().within("listing the folders");
    if (++pages_ > kMaxFolders) return Error{Code::refused, "listing the folders: there is no end to them", ""};
    pending_.push_back({*std::move(next), listing.parent_path});
    return {};
  }

  ApiClient& client_;
  const std::string& root_;
  const Stop& stop_;
  std::vector<Listing> pending_;
  std::size_t well_known_ = 0;
  std::vector<Folder> found_;
  std::set<std::string> seen_;
  std::map<FolderId, Role> roles_;
  std::size_t pages_ = 0;
};

}  // namespace

Result<Folders> list_folders(ApiClient& client, const std::string& user_root, const Stop& stop) {
  return FolderListing(client, user_root, stop).run();
}

}  // namespace mailmgr::microsoft
