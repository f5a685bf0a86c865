#include "providers/google/google_curator.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include "core/base/encoding.h"
#include "providers/api_client.h"
#include "providers/google/google_fetch.h"
#include "providers/google/google_mailbox.h"
#include "providers/google/google_quota.h"
#include "providers/google/google_since.h"
#include "providers/google/google_wire.h"
#include "providers/json_text.h"
#include "providers/made_once.h"

namespace mailmgr::google {
namespace {

constexpr std::size_t kMostIds = 1000;  // discovery document: BatchModifyMessagesRequest.ids
constexpr milliseconds kOneAnswer = std::chrono::seconds(30);

Error is_gone() {
  return {Code::gone, "it is gone at the provider", "mailmgr sync brings what is there now"};
}

Error is_elsewhere() {
  return {Code::partial, "it was moved by somebody else meanwhile: nothing was done to it",
          "look at it again, then repeat the command"};
}

bool ends_everything(const Error& error) {
  switch (error.code) {
    case Code::gone:
    case Code::refused:
    case Code::too_large:
    case Code::internal:
      return false;
    default:
      return true;
  }
}

bool same_places(const MarksPatch& marks, const std::vector<FolderId>& expected) {
  std::set<FolderId> now, then;
  for (const auto& label : marks.labels.value_or(std::vector<FolderId>())) {
    if (is_place(label.value)) now.insert(label);
  }
  for (const auto& place : expected) {
    if (is_place(place.value)) then.insert(place);
  }
  return now == then;
}

// What the answer to one change was good for.
Result<Fetched> read_changed(std::string_view body) {
  auto reply = read_message(body);
  if (!reply) return reply.error();
  return std::move(reply->fetched);
}

// labels.get. Labels are nested by their names alone.
Result<FolderContent> read_content(std::string_view body) {
  const auto text = JsonText::parse(body);
  if (!text) return text.error();
  const auto messages = JsonText::count_at(text->root(), "messagesTotal");
  if (!messages) return Error{Code::try_later, "the answer has no count of messages", "run the same command again"};
  return FolderContent{0, *messages};
}

// batchModify says nothing of single messages, not even of those that do not exist, and looking at each before costs
// twenty units where changing a thousand costs fifty. So what others did is learnt from the history since the store's
// position. Where that is not known (no sync yet, a forgotten position), messages are changed without asking, but none
// is destroyed without: then each is looked at. What happens between the question and the change is not noticed; a
// conditional change does not exist.
class GoogleCurator : public Curator {
 public:
  explicit GoogleCurator(const ProviderDeps& deps)
      : client_(deps, read_error), fetch_(client_), mailbox_(make_mailbox(deps)) {}

  Status apply(std::span<const Edit> edits, std::span<const StreamCursor> position, const EditSink& sink,
               const Stop& stop) override {
    Work work{edits, sink, stop};
    std::optional<SinceById> since;
    if (position.size() == 1 && !position.front().cursor.value.empty()) {
      auto known = changes_since(*mailbox_, position.front(), stop);
      if (!known) return unnamed(known.error());
      since = *std::move(known);
    }
    std::vector<std::size_t> destroyed;
    std::map<LabelEdit, std::vector<std::size_t>> changed;
    for (std::size_t i = 0; i < edits.size() && !work.ended; ++i) {
      if (since && settled_by(*since, work, i)) continue;
      if (edits[i].destroy) {
        destroyed.push_back(i);
      } else {
        changed[label_edit(edits[i].wish)].push_back(i);
      }
    }
    if (!since) {
      if (auto looked = look_at(work, destroyed); !looked) return looked;
    }
    if (auto done = destroy(work, destroyed); !done) return done;
    for (const auto& [edit, which] : changed) {
      if (auto done = in_batches(work, edit, which); !done) return done;
    }
    return {};
  }

  Result<Folder> create(const FolderWish& wish, const Stop& stop) override {
    auto made = save({.what = fmt::format("creating the label {}", wish.path),
                      .method = "POST",
                      .path = path("/labels"),
                      .body = write_label(wish.path, wish.color, true),
                      .repeatable = false},
                     stop);
    return made_once(
        std::move(made), [&] { return find(wish, stop); }, kFoldersThere);
  }

  Result<Folder> change(const Folder& folder, const FolderWish& wish, const Stop& stop) override {
    return save({.what = fmt::format("changing the label {}", folder.path),
                 .method = "PATCH",
                 .path = label(folder),
                 .body = write_label(wish.path == folder.path ? "" : wish.path, wish.color, false)},
                stop);
  }

  Result<FolderContent> content(const Folder& folder, const Stop& stop) override {
    return client_.ask({.what = fmt::format("counting the messages with the label {}", folder.path),
                        .path = label(folder),
                        .units = units().labels},
                       read_content, stop);
  }

  Status remove(const Folder& folder, const Stop& stop) override {
    const auto answer = client_.carry_out({.what = fmt::format("deleting the label {}", folder.path),
                                           .method = "DELETE",
                                           .path = label(folder),
                                           .units = units().label_change,
                                           .seen_through = true},
                                          stop);
    return answer ? Status() : answer.error();
  }

 private:
  struct Work {
    std::span<const Edit> edits;
    const EditSink& sink;
    const Stop& stop;
    bool ended = false;

    void tell(std::size_t index, Edited edited) {
      if (!ended) ended = !sink(index, std::move(edited));
    }
  };

  static std::vector<FolderId> places_after(const Edit& edit) {
    auto places = *edit.expected;
    for (const auto& id : edit.wish.remove) std::erase(places, id);
    for (const auto& id : edit.wish.add) {
      if (std::find(places.begin(), places.end(), id) == places.end()) places.push_back(id);
    }
    return places;
  }

  // Whether what others did decides about the edit.
  static bool settled_by(const SinceById& since, Work& work, std::size_t index) {
    const auto& edit = work.edits[index];
    const auto found = since.find(edit.id);
    if (found == since.end()) return false;
    if (found->second.gone) {
      work.tell(index, edit.destroy ? Edited{{}, {}, true} : Edited{is_gone()});
      return true;
    }
    if (!edit.expected || !found->second.contradicts(*edit.expected)) return false;
    // Where it is to be it may be already: by an earlier run of the same command, say.
    if (!edit.destroy && !found->second.contradicts(places_after(edit))) return false;
    work.tell(index, {is_elsewhere(), found->second.marks()});
    return true;
  }

  // Leaves in `which` what is still where it was.
  Status look_at(Work& work, std::vector<std::size_t>& which) {
    std::map<RemoteId, std::size_t> open;
    std::vector<RemoteId> ids;
    for (const auto index : which) {
      if (!work.edits[index].expected) continue;
      open[work.edits[index].id] = index;
      ids.push_back(work.edits[index].id);
    }
    if (ids.empty()) return {};
    std::mutex mutex;  // the sink is called from several threads
    std::map<RemoteId, Result<Fetched>> told;
    const auto take = [&](const RemoteId& id, Result<Fetched> fetched) {
      const std::lock_guard lock(mutex);
      told.emplace(id, std::move(fetched));
      return true;
    };
    if (auto done = fetch_.run(ids, Want::marks, take, work.stop); !done) return done;
    for (auto& [id, fetched] : told) {
      const auto index = open.at(id);
      const bool stays = fetched && same_places(fetched->marks, *work.edits[index].expected);
      if (stays) continue;
      std::erase(which, index);
      if (fetched) {
        work.tell(index, {is_elsewhere(), std::move(fetched->marks)});
      } else if (fetched.error().code == Code::gone) {
        work.tell(index, {{}, {}, true});
      } else {
        work.tell(index, {fetched.error()});
      }
    }
    return {};
  }

  Status destroy(Work& work, std::span<const std::size_t> which) {
    for (std::size_t at = 0; at < which.size() && !work.ended; at += kMostIds) {
      const auto some = which.subspan(at, std::min(kMostIds, which.size() - at));
      const auto answer = client_.carry_out({.what = "deleting messages",
                                             .method = "POST",
                                             .path = path("/messages/batchDelete"),
                                             .body = write_label_edit({}, ids(work, some)),
                                             .content_type = "application/json",
                                             .units = units().batch_change,
                                             .deadline = kOneAnswer,
                                             .seen_through = true},
                                            work.stop);
      if (!answer) return answer.error();
      for (const auto index : some) work.tell(index, {{}, {}, true});
    }
    return {};
  }

  Status in_batches(Work& work, const LabelEdit& edit, std::span<const std::size_t> which) {
    for (std::size_t at = 0; at < which.size() && !work.ended; at += kMostIds) {
      auto done = modify(work, edit, which.subspan(at, std::min(kMostIds, which.size() - at)));
      if (!done) return done;
    }
    return {};
  }

  // A batch that is refused as a whole holds at least one message to blame: it is found by halving.
  Status modify(Work& work, const LabelEdit& edit, std::span<const std::size_t> which) {
    if (edit.empty()) {
      for (const auto index : which) work.tell(index, {});
      return {};
    }
    if (which.size() == 1) return modify_one(work, edit, which.front());
    const auto answer = client_.carry_out({.what = "changing messages",
                                           .method = "POST",
                                           .path = path("/messages/batchModify"),
                                           .body = write_label_edit(edit, ids(work, which)),
                                           .content_type = "application/json",
                                           .units = units().batch_change,
                                           .deadline = kOneAnswer,
                                           .seen_through = true},
                                          work.stop);
    if (answer) {
      for (const auto index : which) work.tell(index, {{}, work.edits[index].wish});
      return {};
    }
    if (ends_everything(answer.error())) return answer.error();
    auto missing = missing_label(edit, work.stop);
    if (!missing) return missing.error();
    if (!missing->empty()) {
      const Error error{Code::refused, fmt::format("changing messages: the label {} is gone", *missing),
                        "mailmgr sync brings the labels there are"};
      for (const auto index : which) work.tell(index, {error});
      return {};
    }
    const auto half = which.size() / 2;
    if (auto done = modify(work, edit, which.first(half)); !done || work.ended) return done;
    return modify(work, edit, which.subspan(half));
  }

  Status modify_one(Work& work, const LabelEdit& edit, std::size_t index) {
    const auto changed =
        client_.ask({.what = "changing a message",
                     .method = "POST",
                     .path = path("/messages/") + percent_encode(work.edits[index].id.value) + "/modify",
                     .query = "prettyPrint=false",
                     .body = write_label_edit(edit),
                     .content_type = "application/json",
                     .units = units().modify,
                     .deadline = kOneAnswer,
                     .seen_through = true},
                    read_changed, work.stop);
    if (changed) {
      work.tell(index, {{}, changed->marks});
    } else if (changed.error().code == Code::gone) {
      work.tell(index, {is_gone()});
    } else if (ends_everything(changed.error())) {
      return changed.error();
    } else {
      work.tell(index, {changed.error()});
    }
    return {};
  }

  // A label of the edit that is there no more, which every message would be refused for; empty: all are there.
  Result<std::string> missing_label(const LabelEdit& edit, const Stop& stop) {
    auto labels = list(stop);
    if (!labels) return labels.error();
    std::set<std::string> known{"UNREAD", "STARRED"};
    for (const auto& label : *labels) known.insert(label.id.value);
    for (const auto* list : {&edit.add, &edit.remove}) {
      for (const auto& id : *list) {
        if (!known.contains(id)) return id;
      }
    }
    return std::string();
  }

  Result<std::vector<Folder>> list(const Stop& stop) {
    return client_.ask({.what = "listing the labels", .path = path("/labels"), .units = units().labels}, read_labels,
                       stop);
  }

  // A label that is as wished; nullopt: there is none.
  Result<std::optional<Folder>> find(const FolderWish& wish, const Stop& stop) {
    auto labels = list(stop);
    if (!labels) return labels.error();
    for (auto& label : *labels) {
      const bool is_coloured = wish.color.empty() || label.color == wish.color;
      if (label.kind == Folder::Kind::label && label.path == wish.path && is_coloured) {
        return std::optional(std::move(label));
      }
    }
    return std::optional<Folder>();
  }

  Result<Folder> save(ApiRequest request, const Stop& stop) {
    request.content_type = "application/json";
    request.units = units().label_change;
    request.expected = {409};
    request.seen_through = true;
    auto answer = client_.send(request, stop);
    if (!answer) return answer.error();
    if (answer->http.status == 409) {
      return Error{Code::refused,
                   fmt::format("{}: there is a label of that name, or of one too much like it", request.what),
                   std::string(kFoldersThere)};
    }
    auto label = read_label(answer->http.body);
    if (!label) return label.error().within(request.what);
    return *std::move(label);
  }

  static std::vector<std::string> ids(const Work& work, std::span<const std::size_t> which) {
    std::vector<std::string> ids;
    for (const auto index : which) ids.push_back(work.edits[index].id.value);
    return ids;
  }

  const Units& units() const { return units_of(client_.deps().quota); }
  std::string path(std::string_view tail) const { return user_path(client_.deps().user) + std::string(tail); }
  std::string label(const Folder& folder) const { return path("/labels/") + percent_encode(folder.id.value); }

  ApiClient client_;
  GoogleFetch fetch_;
  std::unique_ptr<Mailbox> mailbox_;
};

}  // namespace

std::unique_ptr<Curator> make_curator(const ProviderDeps& deps) {
  return std::make_unique<GoogleCurator>(deps);
}

}  // namespace mailmgr::google
