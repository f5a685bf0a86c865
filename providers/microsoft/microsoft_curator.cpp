#include "providers/microsoft/microsoft_curator.h"

#include <fmt/format.h>

#include "core/base/encoding.h"
#include "providers/api_client.h"
#include "providers/json_text.h"
#include "providers/microsoft/microsoft_batch.h"
#include "providers/microsoft/microsoft_categories.h"
#include "providers/microsoft/microsoft_edits.h"
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
    const auto path =
        wish.parent ? folder_path(*wish.parent) + "/childFolders" : fmt::format("{}{}/mailFolders", kRoot, root_);
    return save(what, "POST", path, write_folder(wish.name), wish, stop);
  }

  Result<Folder> change(const Folder& folder, const FolderWish& wish, const Stop& stop) override {
    if (folder.kind == Folder::Kind::label) return categories_.change(folder, wish, stop);
    if (auto plain = check_plain(wish); !plain) return plain.error();
    const auto what = fmt::format("renaming the folder {}", folder.path);
    const auto slash = folder.path.rfind('/');
    const auto old_place = slash == std::string::npos ? "" : folder.path.substr(0, slash);
    const auto old_name = slash == std::string::npos ? folder.path : folder.path.substr(slash + 1);
    const auto new_slash = wish.path.size() - wish.name.size();
    const auto new_place = new_slash == 0 ? "" : wish.path.substr(0, new_slash - 1);
    if (new_place != old_place) {
      const auto to = wish.parent.value_or(FolderId("msgfolderroot"));
      auto moved = save(what, "POST", folder_path(folder.id) + "/move", write_destination(to), wish, stop);
      if (!moved) return moved;
    }
    if (wish.name != old_name) return save(what, "PATCH", folder_path(folder.id), write_folder(wish.name), wish, stop);
    auto changed = folder;
    changed.path = wish.path;
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
    const auto answer = client_.send({.what = fmt::format("deleting the folder {}", folder.path),
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

  // A folder is made once: a request of which nothing was heard is not repeated.
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
      return Error{Code::refused, fmt::format("{}: there is a folder {}", what, wish.path), "mailmgr folder list"};
    }
    auto entry = read_folder(answer->http.body);
    if (!entry) return entry.error().within(what);
    Folder folder{entry->id, Folder::Kind::folder, Role::none, wish.path};
    return folder;
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
