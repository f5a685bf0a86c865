#include "providers/microsoft/microsoft_curator.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/base/encoding.h"
#include "core/base/shell_word.h"
#include "providers/api_client.h"
#include "providers/json_text.h"
#include "providers/made_once.h"
#include "providers/microsoft/microsoft_batch.h"
#include "providers/microsoft/microsoft_categories.h"
#include "providers/microsoft/microsoft_edits.h"
#include "providers/microsoft/microsoft_links.h"
#include "providers/microsoft/microsoft_wire.h"

namespace mailmgr::microsoft {
namespace {

// Both counts must be there: a folder goes by them. They include what is no mail.
Result<FolderContent> read_content(std::string_view body) {
  const auto text = JsonText::parse(body);
  if (!text) return text.error();
  const auto children = JsonText::count_at(text->root(), "childFolderCount");
  const auto messages = JsonText::count_at(text->root(), "totalItemCount");
  if (children && messages) return FolderContent{*children, *messages};
  return Error{Code::try_later, "the answer does not count what is in the folder", "run the same command again"};
}

// What a folder is called and what it is in.
struct FolderPlace {
  std::string name;
  FolderId parent;
};
Result<FolderPlace> read_place(std::string_view body) {
  const auto text = JsonText::parse(body);
  if (!text) return text.error();
  FolderPlace place{text->string_at(text->root(), "displayName"),
                    FolderId(text->string_at(text->root(), "parentFolderId"))};
  if (!place.parent.value.empty()) return place;
  return Error{Code::try_later, "the answer does not say where the folder is", "run the same command again"};
}

// A path up to the last level, which is `name`; that may have slashes of its own.
std::string path_around(const std::string& path, const std::string& name) {
  return path.ends_with(name) ? path.substr(0, path.size() - name.size()) : path.substr(0, path.rfind('/') + 1);
}

Result<std::vector<FolderEntry>> read_listed(std::string_view body) {
  const auto text = JsonText::parse(body);
  if (!text) return text.error();
  if (!JsonText::at(text->root(), "value").is_array()) {
    return Error{Code::try_later, "the answer is no list of folders", "run the same command again"};
  }
  return read_folders(*text, text->root()).folders;
}

class MicrosoftCurator : public Curator {
 public:
  explicit MicrosoftCurator(const ProviderDeps& deps)
      : client_(deps, read_error), root_(user_root(deps.user)), edits_(client_, root_), categories_(client_, root_) {}

  Status apply(std::span<const Edit> edits, std::span<const StreamCursor>, const EditSink& sink,
               const Stop& stop) override {
    return edits_.apply(edits, sink, stop);
  }

  Result<Folder> create(const FolderWish& wish, const Stop& stop) override {
    if (wish.kind == Folder::Kind::label) return categories_.create(wish, stop);
    if (auto plain = check_plain(wish); !plain) return plain.error();
    const auto what = fmt::format("creating the folder {}", wish.path);
    auto made = save(what, "POST", list_path(wish), write_folder(wish.name), wish, stop);
    return made_once(
        std::move(made), [&] { return find(wish, stop); }, kFoldersThere);
  }

  // Its name and its place are changed apart. What is to be done is decided by where the folder is: its path may have
  // slashes that are in names, and the same command may have done half of it before.
  Result<Folder> change(const Folder& folder, const FolderWish& wish, const Stop& stop) override {
    if (folder.kind == Folder::Kind::label) return categories_.change(folder, wish, stop);
    if (auto plain = check_plain(wish); !plain) return plain.error();
    const auto what = fmt::format("renaming the folder {}", folder.path);
    auto there = place_of(folder.id, what, stop);
    if (!there) return there.error();
    auto parent = wish.parent ? Result<FolderId>(*wish.parent) : top(what, stop);
    if (!parent) return parent.error();
    const bool moves = there->parent != *parent, renames = wish.name != there->name;
    const auto step = [&](const FolderWish& to, bool moving) {
      return moving ? move(folder, *parent, what, to, stop)
                    : save(what, "PATCH", folder_path(folder.id), write_folder(to.name), to, stop);
    };
    auto changed = folder;
    changed.path = wish.path;
    if (moves != renames) {
      if (auto done = step(wish, moves); !done) return done;
    }
    if (moves && renames) {
      const auto between = halfway(folder, *there, wish, what, stop);
      if (!between) return between.error();
      const bool moves_first = between->name == there->name;
      if (auto first = step(*between, moves_first); !first) return first;
      if (auto second = step(wish, !moves_first); !second) return half_done(second.error(), *between, wish);
    }
    return changed;
  }

  Result<FolderContent> content(const Folder& folder, const Stop& stop) override {
    if (folder.kind == Folder::Kind::label) return FolderContent{};  // messages keep a category's name
    return client_.ask({.what = fmt::format("counting what is in the folder {}", folder.path),
                        .path = folder_path(folder.id),
                        .query = "$select=id,childFolderCount,totalItemCount",
                        .headers = immutable_ids()},
                       read_content, stop);
  }

  Status remove(const Folder& folder, const Stop& stop) override {
    if (folder.kind == Folder::Kind::label) return categories_.remove(folder, stop);
    const auto answer = client_.carry_out({.what = fmt::format("deleting the folder {}", folder.path),
                                           .method = "DELETE",
                                           .path = folder_path(folder.id),
                                           .headers = immutable_ids(),
                                           .seen_through = true},
                                          stop);
    return answer ? Status() : answer.error();
  }

 private:
  static Status check_plain(const FolderWish& wish) {
    if (wish.color.empty()) return {};
    return Error{Code::refused, fmt::format("colouring {}: Outlook's folders have no colours", wish.path),
                 "categories have: --label"};
  }

  std::string folder_path(const FolderId& id) const {
    return fmt::format("{}{}/mailFolders/{}", kRoot, root_, percent_encode(id.value));
  }

  // The folders among which the wished one is, or is to be.
  std::string list_path(const FolderWish& wish) const {
    return wish.parent ? folder_path(*wish.parent) + "/childFolders" : fmt::format("{}{}/mailFolders", kRoot, root_);
  }

  static Folder as_wished(const FolderId& id, const FolderWish& wish) {
    return {id, Folder::Kind::folder, Role::none, wish.path};
  }

  // Those of the wished name, as Outlook compares names, where it is or is to be.
  Result<std::vector<FolderEntry>> namesakes(const FolderWish& wish, const Stop& stop) {
    const auto filter = percent_encode(fmt::format("displayName eq '{}'", odata_quoted(wish.name)));
    return client_.ask({.what = fmt::format("looking for the folder {}", wish.path),
                        .path = list_path(wish),
                        .query = fmt::format("$filter={}&$select=id,displayName", filter),
                        .headers = immutable_ids()},
                       read_listed, stop);
  }

  // A folder that is as wished; nullopt: there is none.
  Result<std::optional<Folder>> find(const FolderWish& wish, const Stop& stop) {
    const auto listed = namesakes(wish, stop);
    if (!listed) return listed.error();
    for (const auto& entry : *listed) {
      if (entry.name == wish.name) return std::optional(as_wished(entry.id, wish));
    }
    return std::optional<Folder>();
  }

  Result<FolderPlace> place_of(const FolderId& id, const std::string& what, const Stop& stop) {
    return client_.ask({.what = what,
                        .path = folder_path(id),
                        .query = "$select=id,displayName,parentFolderId",
                        .headers = immutable_ids()},
                       read_place, stop);
  }

  // What folders at the top are in.
  Result<FolderId> top(const std::string& what, const Stop& stop) {
    const auto root = client_.ask({.what = what,
                                   .path = folder_path(FolderId("msgfolderroot")),
                                   .query = "$select=id",
                                   .headers = immutable_ids()},
                                  read_folder, stop);
    if (!root) return unnamed(root.error());
    return root->id;
  }

  Result<Folder> move(const Folder& folder, const FolderId& parent, const std::string& what, const FolderWish& wish,
                      const Stop& stop) {
    auto moved = save(what, "POST", folder_path(folder.id) + "/move", write_destination(parent), wish, stop);
    const auto look = [&]() -> Result<std::optional<Folder>> {
      const auto now = place_of(folder.id, what, stop);
      if (!now) return now.error();
      return now->parent == parent ? std::optional(as_wished(folder.id, wish)) : std::nullopt;
    };
    return made_once(std::move(moved), look, kFoldersThere);
  }

  // As it is between its move and its new name. No folder holds two of one name, so it is moved first unless its old
  // name is taken where it is to be; then it is renamed first, where it is. Not begun where it cannot be ended.
  Result<FolderWish> halfway(const Folder& folder, const FolderPlace& there, const FolderWish& wish,
                             const std::string& what, const Stop& stop) {
    const auto there_already = namesakes(wish, stop);
    if (!there_already) return there_already.error();
    if (!there_already->empty()) {
      return Error{Code::refused, fmt::format("{}: there is a folder {} already", what, wish.path),
                   "mailmgr sync brings what is there now"};
    }
    FolderWish moved = wish;
    moved.name = there.name;
    moved.path = path_around(wish.path, wish.name) + there.name;
    FolderWish renamed = wish;
    renamed.parent = there.parent;
    renamed.path = path_around(folder.path, there.name) + wish.name;
    for (const auto* between : {&moved, &renamed}) {
      const auto taken = namesakes(*between, stop);
      if (!taken) return taken.error();
      if (taken->empty()) return *between;
    }
    return Error{Code::refused,
                 fmt::format("{}: there are folders {} and {}, one of which it would have to be on its way", what,
                             moved.path, renamed.path),
                 fmt::format("give it a name that is in neither place first: mailmgr folder rename {} NAME",
                             shell_word(folder.path))};
  }

  static Error half_done(Error error, const FolderWish& between, const FolderWish& wish) {
    error.message = fmt::format("{}: half of it is done, and it may be {} now", error.message, between.path);
    error.hint = fmt::format("run the same command again; after a sync: mailmgr folder rename {} {}",
                             shell_word(between.path), shell_word(wish.path));
    if (error.code != Code::interrupted) error.code = Code::partial;
    return error;
  }

  // A folder is made and moved once: a request of which nothing was heard is not repeated.
  Result<Folder> save(const std::string& what, std::string_view method, const std::string& path, std::string body,
                      const FolderWish& wish, const Stop& stop) {
    ApiRequest request{.what = what,
                       .method = std::string(method),
                       .path = path,
                       .headers = immutable_ids(),
                       .body = std::move(body),
                       .content_type = "application/json",
                       .repeatable = method == "PATCH",
                       .expected = {409},
                       .seen_through = true};
    auto answer = client_.send(request, stop);
    if (!answer) return answer.error();
    if (answer->http.status == 409) {
      return Error{Code::refused, fmt::format("{}: there is a folder {}", what, wish.path), std::string(kFoldersThere)};
    }
    auto entry = read_folder(answer->http.body);
    if (!entry) return entry.error().within(what);
    return as_wished(entry->id, wish);
  }

  ApiClient client_;
  std::string root_;
  MicrosoftEdits edits_;
  Categories categories_;
};

}  // namespace

std::unique_ptr<Curator> make_curator(const ProviderDeps& deps) {
  return std::make_unique<MicrosoftCurator>(deps);
}

}  // namespace mailmgr::microsoft
