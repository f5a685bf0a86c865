// Making, renaming, colouring and deleting folders and labels: first at the provider, then here. A folder is Outlook's,
// or a Gmail label that files mail; a label is Gmail's, or a category of Outlook's.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/flow/edit_plan.h"
#include "core/ports/account_stores.h"
#include "core/ports/curator.h"
#include "core/ports/edit_store.h"
#include "core/ports/sync_store.h"

namespace mailmgr {

struct FolderRequest {
  AccountRecord account;
  GrantRecord grant;
  const ProviderSpec& spec;
  bool label = false;    // a label, where there are both
  bool dry_run = false;  // everything is checked, nothing is changed
};

struct FolderWorld {
  Curator& curator;
  Mailbox& mailbox;
  EditStore& edits;
  SyncStore& store;
};

// Errors of all: those of may_edit(); auth_required where a label needs more of the login; usage for a colour that
// there is not, listing those that there are; not_found for a name that nothing has; refused for what the provider
// keeps for itself or cannot do, and for a name that two folders have; partial for what the provider may have done
// without saying so (Curator::create, change). What the provider did is done, also where the store could not be written
// afterwards (store).

// "A/B" is B within A; on Outlook A is made first if it is not there. The result is what was, or would be, made.
Result<Folder> create_folder(const FolderRequest& request, std::string_view path, std::string_view color,
                             const FolderWorld& world, const Stop& stop);

// With everything below it. nullopt: the name stays; an empty colour stays too. partial also where labels below it have
// their new names already, and the same call goes on with the others (as it does after interrupted and store).
Result<Folder> change_folder(const FolderRequest& request, std::string_view path,
                             std::optional<std::string_view> new_path, std::string_view color, const FolderWorld& world,
                             const Stop& stop);

// Whether it is to go, asked when everything is checked; an Error: it stays.
using DeleteQuestion = std::function<Status(const Folder&, const FolderContent&)>;

// refused while there is something below it, as the provider counts. An Outlook folder goes with the mail in it.
Status delete_folder(const FolderRequest& request, std::string_view path, const FolderWorld& world, const Stop& stop,
                     const DeleteQuestion& question = nullptr);

}  // namespace mailmgr
