// What a person wants of messages, the same words on both providers, as what is to be asked of one: where mail is filed
// in a folder, and where it is filed by labels.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/ports/curator.h"
#include "core/ports/edit_store.h"

namespace mailmgr {

struct EditOrder {
  enum class Place {
    stay,
    inbox,
    archive,
    trash,
    spam,
    folder,        // `folder`
    untrash,       // out of the trash, if it is there
    not_spam,      // out of spam, if it is there
    out_of_inbox,  // to the archive, if it is in the inbox
    destroy,       // for good
  };
  std::optional<bool> unread = {}, starred = {};
  Place place = Place::stay;
  std::optional<Folder> folder = {};
  std::vector<Folder> add = {}, remove = {};  // labels
};

// The folders and labels of an account, as the store has them, and what they are for its provider.
struct Places {
  std::span<const Folder> folders;
  bool by_label = false;  // ProviderSpec::files_by_label

  const Folder* with_role(Role role) const;
  const Folder* find(const FolderId& id) const;
  // By its path as it is written, else in other letters of upper or lower case; words of roles are folders. nullptr:
  // there is none. refused: there are two such folders ("A/B" at the top, and B in A), and nothing here can tell them
  // apart; of labels that differ by case alone it is the first.
  Result<const Folder*> named(std::string_view name, Folder::Kind kind) const;
};

// What is to be done to this message; nullopt: nothing, as far as is known here. refused: the provider cannot do it.
Result<std::optional<Edit>> plan_edit(const EditOrder& order, const EditTarget& target, const Places& places);

// The same in words, for --dry-run: "read, to Work, +Urgent".
std::string describe(const Edit& edit, const Places& places);

// Where `move` goes. not_found: nothing is called so, with the command that makes it; refused: nothing is moved there,
// or two folders are called so.
Result<EditOrder> order_of_move(std::string_view name, const Places& places);

// Labels to add and to remove. Words of folders count too: "inbox" stands for the place, so "-inbox" archives.
struct LabelWords {
  std::vector<std::string> add, remove;
};
struct LabelOrder {
  EditOrder order;
  std::vector<std::string> unknown;  // of those to be added
};
// usage: a word both added and removed, or two places at once. not_found: a label to be removed that there is not.
Result<LabelOrder> order_of_labels(const LabelWords& words, const Places& places);

}  // namespace mailmgr
