// Changing a mailbox: marks, places and the end of messages, and the folders and labels themselves. A Curator knows
// nothing of stores; what a message was when a person chose it comes with each edit, and what it is afterwards goes
// back, to be laid over what is stored.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/ports/provider.h"

namespace mailmgr {

struct Edit {
  RemoteId id;
  // What is to be so afterwards, of: unread, starred, folder (where mail is in one folder alone), add and remove. No id
  // is both added and removed.
  MarksPatch wish;
  bool destroy = false;  // for good and at once; `wish` says nothing then
  // The folders (Folder::Kind::folder) in which it was when it was chosen. One that is elsewhere by now is left alone
  // (a conflict) as far as the provider can tell that at a price worth paying; see the implementations.
  std::optional<std::vector<FolderId>> expected = {};
};

// What became of one edit.
struct Edited {
  // gone: the message is there no more. partial: a conflict, nothing was done. Others: it was not done.
  Status status;
  MarksPatch marks = {};  // what is known to be so now, whatever the status
  bool removed = false;   // it does not exist any more
};

// Called once per edit that came to an end, from the thread that called apply(). False ends the rest.
using EditSink = std::function<bool(std::size_t index, Edited)>;

// A folder or label as it is to be.
struct FolderWish {
  Folder::Kind kind = Folder::Kind::folder;  // folder or label
  std::string path;                          // full name
  std::string name;                          // its own, the last level of the path
  std::optional<FolderId> parent = {};       // nullopt: at the top
  std::string color = {};                    // as ProviderSpec::color writes it; empty: as it is
};

// What is in a folder or label, as the provider counts it.
struct FolderContent {
  std::uint64_t children = 0;  // folders directly within it
  std::uint64_t messages = 0;  // which removing it takes along (a folder), or off which it is taken (a label)
};

class Curator {
 public:
  virtual ~Curator() = default;
  // Makes any number of edits, of different messages; batches inside, and retries what passes, as doing an edit twice
  // is the same as doing it once. `position` is up to where the mailbox's changes are known: what happened since can
  // be read from there. Once interrupted, requests on their way are seen through. An Error here is about the rest:
  // edits that did not reach the sink were not made, or (no_answer) it is not known whether they were.
  virtual Status apply(std::span<const Edit> edits, std::span<const StreamCursor> position, const EditSink& sink,
                       const Stop& stop) = 0;

  // refused: the name is taken or not allowed, or the provider has no such thing (a folder with a colour). What was
  // made although its answer was lost is found and given back. partial: it was asked for, nothing certain was heard of
  // it, and it was not there (yet) when it was looked for, or nobody could look; interrupted where that ended the look.
  virtual Result<Folder> create(const FolderWish& wish, const Stop& stop) = 0;
  // Makes `folder` as wished, its kind aside; gone: there is no such folder any more. partial: only half of it was
  // done, or may have been. Doing it again goes on with the rest, as what decides is how the folder is at the provider.
  virtual Result<Folder> change(const Folder& folder, const FolderWish& wish, const Stop& stop) = 0;
  // gone: there is no such folder any more. A label has no children: what is nested in its name is a label of its own.
  virtual Result<FolderContent> content(const Folder& folder, const Stop& stop) = 0;
  // A folder goes with the mail that is filed in it alone; of a label only the label goes.
  virtual Status remove(const Folder& folder, const Stop& stop) = 0;
};

}  // namespace mailmgr
