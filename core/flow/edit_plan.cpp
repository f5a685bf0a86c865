#include "core/flow/edit_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/encoding.h"
#include "core/base/fold_case.h"

namespace mailmgr {
namespace {

using Place = EditOrder::Place;

// The folders in which a message is filed, without its labels.
std::vector<FolderId> filed_in(const EditTarget& target, const Places& places) {
  std::vector<FolderId> result;
  for (const auto& id : target.places) {
    const auto* folder = places.find(id);
    if (folder && folder->kind == Folder::Kind::folder) result.push_back(id);
  }
  return result;
}

bool is_in(const EditTarget& target, Role role, const Places& places) {
  const auto* folder = places.with_role(role);
  return folder && std::find(target.places.begin(), target.places.end(), folder->id) != target.places.end();
}

// The folder of that role. A provider that has not told of one yet (an archive comes with its first use) knows it by
// its name.
FolderId id_of(Role role, const Places& places) {
  const auto* folder = places.with_role(role);
  return folder ? folder->id : FolderId(std::string(to_string(role)));
}

void keep_apart(MarksPatch& wish) {
  std::erase_if(wish.remove,
                [&](const FolderId& id) { return std::find(wish.add.begin(), wish.add.end(), id) != wish.add.end(); });
}

// Mail in no folder at all is Gmail's archive: whoever leaves a place does so by losing its label.
void place_by_label(const EditOrder& order, const EditTarget& target, const Places& places, MarksPatch& wish) {
  const auto add = [&](Role role) { wish.add.push_back(id_of(role, places)); };
  const auto leave = [&](std::initializer_list<Role> roles) {
    for (const auto role : roles) wish.remove.push_back(id_of(role, places));
  };
  switch (order.place) {
    case Place::inbox:
      add(Role::inbox);
      return leave({Role::spam, Role::trash});
    case Place::archive:
      return leave({Role::inbox, Role::spam, Role::trash});
    case Place::out_of_inbox:
      return leave({Role::inbox});
    case Place::trash:
      add(Role::trash);
      return leave({Role::inbox, Role::spam});
    case Place::spam:
      add(Role::spam);
      return leave({Role::inbox, Role::trash});
    case Place::folder:
      wish.add.push_back(order.folder->id);
      return leave({Role::inbox, Role::spam, Role::trash});
    case Place::untrash:
      // What was sent or is being written was never in the inbox.
      if (!is_in(target, Role::sent, places) && !target.draft) add(Role::inbox);
      return leave({Role::trash});
    case Place::not_spam:
      add(Role::inbox);
      return leave({Role::spam});
    case Place::stay:
    case Place::destroy:
      return;
  }
}

void place_in_folder(const EditOrder& order, const Places& places, MarksPatch& wish) {
  switch (order.place) {
    case Place::inbox:
    case Place::untrash:
    case Place::not_spam:
      wish.folder = id_of(Role::inbox, places);
      return;
    case Place::archive:
    case Place::out_of_inbox:
      wish.folder = id_of(Role::archive, places);
      return;
    case Place::trash:
      wish.folder = id_of(Role::trash, places);
      return;
    case Place::spam:
      wish.folder = id_of(Role::spam, places);
      return;
    case Place::folder:
      wish.folder = order.folder->id;
      return;
    case Place::stay:
    case Place::destroy:
      return;
  }
}

// Whether the order concerns where the message is now.
bool applies(const EditOrder& order, const EditTarget& target, const Places& places) {
  switch (order.place) {
    case Place::untrash:
      return is_in(target, Role::trash, places);
    case Place::not_spam:
      return is_in(target, Role::spam, places);
    case Place::out_of_inbox:
      return is_in(target, Role::inbox, places);
    default:
      return order.place != Place::stay;
  }
}

std::optional<Place> place_of(Role role) {
  switch (role) {
    case Role::inbox:
      return Place::inbox;
    case Role::archive:
      return Place::archive;
    case Role::trash:
      return Place::trash;
    case Role::spam:
      return Place::spam;
    default:
      return std::nullopt;
  }
}

std::string name_of(const FolderId& id, const Places& places) {
  const auto* folder = places.find(id);
  if (!folder) return id.value;
  return folder->role == Role::none ? folder->path : std::string(to_string(folder->role));
}

Error no_such(std::string_view name, const Places& places) {
  return {Code::not_found, fmt::format("there is no {} \"{}\"", places.by_label ? "label" : "folder", name),
          fmt::format("mailmgr folder list shows what there is; to make it: mailmgr folder create \"{}\"", name)};
}

Error not_a_destination(std::string_view name) {
  return {Code::refused, fmt::format("nothing can be put into \"{}\": the provider decides what is there", name), ""};
}

// Labels of ours, and those of the provider's own that people see (IMPORTANT, CATEGORY_UPDATES).
const Folder* find_label(std::string_view name, const Places& places) {
  if (const auto* label = places.named(name, Folder::Kind::label).value_or(nullptr)) return label;
  return places.by_label ? places.named(name, Folder::Kind::system).value_or(nullptr) : nullptr;
}

bool is_folder(std::string_view name, const Places& places) {
  const auto found = places.named(name, Folder::Kind::folder);
  return !found || *found;  // an error: more than one
}

Status set_place(EditOrder& order, Place place, std::string_view word) {
  if (order.place != Place::stay && order.place != place) {
    return Error{Code::usage,
                 fmt::format("\"{}\": a message can be put into one place, or taken out of one, at a time", word)};
  }
  order.place = place;
  return {};
}

// "+Work -inbox" and "+archive -inbox" say the same twice; "-inbox -trash" are two things.
Status leave(EditOrder& order, Place place, std::string_view word) {
  const bool leaves_another = order.place == Place::out_of_inbox || order.place == Place::untrash ||
                              order.place == Place::not_spam || order.place == Place::stay;
  return leaves_another ? set_place(order, place, word) : Status();
}

Status leave_place(EditOrder& order, Role role, std::string_view word) {
  switch (role) {
    case Role::inbox:
      return leave(order, Place::out_of_inbox, word);
    case Role::trash:
      return leave(order, Place::untrash, word);
    case Role::spam:
      return leave(order, Place::not_spam, word);
    default:
      return Error{Code::refused, fmt::format("-{}: mail is not taken out of there but put somewhere else", word),
                   "mailmgr move ID… FOLDER"};
  }
}

}  // namespace

const Folder* Places::with_role(Role role) const {
  const auto found = std::find_if(folders.begin(), folders.end(), [&](const Folder& f) { return f.role == role; });
  return role == Role::none || found == folders.end() ? nullptr : &*found;
}

const Folder* Places::find(const FolderId& id) const {
  const auto found = std::find_if(folders.begin(), folders.end(), [&](const Folder& f) { return f.id == id; });
  return found == folders.end() ? nullptr : &*found;
}

Result<const Folder*> Places::named(std::string_view name, Folder::Kind kind) const {
  for (const bool exactly : {true, false}) {
    const Folder* found = nullptr;
    for (const auto& folder : folders) {
      const bool fits = exactly ? folder.path == name : equals_ignoring_case(folder.path, name);
      if (folder.kind != kind || !fits) continue;
      if (found && kind == Folder::Kind::folder) {
        return Error{Code::refused, fmt::format("there are two folders \"{}\"", name), "rename one of them in Outlook"};
      }
      if (!found) found = &folder;
    }
    if (found) return found;
  }
  return nullptr;
}

Result<std::optional<Edit>> plan_edit(const EditOrder& order, const EditTarget& target, const Places& places) {
  Edit edit{target.remote_id, {}, order.place == Place::destroy};
  if (edit.destroy) {
    edit.expected = filed_in(target, places);
    return std::optional(std::move(edit));
  }
  auto& wish = edit.wish;
  wish.unread = order.unread;
  wish.starred = order.starred;
  for (const auto& label : order.add) wish.add.push_back(label.id);
  for (const auto& label : order.remove) wish.remove.push_back(label.id);
  if (applies(order, target, places)) {
    edit.expected = filed_in(target, places);
    if (places.by_label) {
      place_by_label(order, target, places, wish);
    } else {
      place_in_folder(order, places, wish);
    }
  }
  keep_apart(wish);
  if (wish.empty()) return std::optional<Edit>();
  return std::optional(std::move(edit));
}

std::string describe(const Edit& edit, const Places& places) {
  if (edit.destroy) return "deleted for good";
  std::vector<std::string> words;
  if (edit.wish.unread) words.emplace_back(*edit.wish.unread ? "unread" : "read");
  if (edit.wish.starred) words.emplace_back(*edit.wish.starred ? "starred" : "unstarred");
  if (edit.wish.folder) words.push_back("to " + name_of(*edit.wish.folder, places));
  for (const auto& id : edit.wish.add) words.push_back("+" + name_of(id, places));
  for (const auto& id : edit.wish.remove) words.push_back("-" + name_of(id, places));
  return fmt::format("{}", fmt::join(words, ", "));
}

Result<EditOrder> order_of_move(std::string_view name, const Places& places) {
  EditOrder order;
  if (const auto word = role(to_lower_ascii(name))) {
    const auto place = place_of(*word);
    if (!place) return not_a_destination(name);
    order.place = *place;
    return order;
  }
  const auto found = places.named(name, places.by_label ? Folder::Kind::label : Folder::Kind::folder);
  if (!found) return found.error();
  const auto* folder = *found;
  if (!folder) return no_such(name, places);
  if (folder->role != Role::none) {  // by its name in the mailbox's language
    const auto place = place_of(folder->role);
    if (!place) return not_a_destination(name);
    order.place = *place;
    return order;
  }
  order.place = Place::folder;
  order.folder = *folder;
  return order;
}

Result<LabelOrder> order_of_labels(const LabelWords& words, const Places& places) {
  LabelOrder result;
  auto& order = result.order;
  for (const auto& word : words.add) {
    const bool both = std::any_of(words.remove.begin(), words.remove.end(),
                                  [&](const std::string& other) { return equals_ignoring_case(word, other); });
    if (both) return Error{Code::usage, fmt::format("the label \"{}\" cannot be both added and removed", word)};
    if (const auto known = role(to_lower_ascii(word))) {
      const auto place = place_of(*known);
      if (!place) return not_a_destination(word);
      if (auto set = set_place(order, *place, word); !set) return set.error();
    } else if (const auto* label = find_label(word, places)) {
      order.add.push_back(*label);
    } else if (!places.by_label && is_folder(word, places)) {
      return Error{Code::refused, fmt::format("\"{}\" is a folder: mail is moved there", word),
                   fmt::format("mailmgr move ID… \"{}\"", word)};
    } else {
      const bool twice = std::any_of(result.unknown.begin(), result.unknown.end(),
                                     [&](const std::string& other) { return equals_ignoring_case(word, other); });
      if (!twice) result.unknown.push_back(word);
    }
  }
  for (const auto& word : words.remove) {
    if (const auto known = role(to_lower_ascii(word))) {
      if (auto left = leave_place(order, *known, word); !left) return left.error();
    } else if (const auto* label = find_label(word, places)) {
      order.remove.push_back(*label);
    } else {
      return Error{Code::not_found, fmt::format("there is no label \"{}\"", word), "mailmgr folder list"};
    }
  }
  return result;
}

}  // namespace mailmgr
