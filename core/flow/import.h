// Importing mail: messages from files go into a mailbox one by one, each once, however often the command runs and
// wherever it was killed. A message is noted before it goes and when it is there; one of which only the first is known
// is looked for in the mailbox, and never sent there blindly again.
#pragma once

#include <functional>
#include <set>
#include <span>

#include "core/mailfiles/mail_source.h"
#include "core/ports/clock.h"
#include "core/ports/import_log.h"
#include "core/ports/importer.h"
#include "core/ports/message_reader.h"
#include "core/ports/notes.h"
#include "core/ports/stop.h"

namespace mailmgr {

struct ImportRequest {
  AccountId account;
  std::string path;
  MailFormat format = MailFormat::maildir;
  std::optional<std::string> folder = {};  // where all of it goes; else where each message was
  std::vector<std::string> labels = {};    // that all of it gets, besides its own
  bool again = false;                      // also what is there already
  bool ask_mailbox = false;                // the store does not know all that is in the mailbox
  bool dry_run = false;
};

struct ImportWorld {
  Importer& importer;
  ImportLog& log;
  MessageReader& reader;
  NoteStore& notes;
  std::vector<Folder> places;  // of the mailbox: places_for_import()
  bool by_label = false;       // ProviderSpec::files_by_label
  Clock& clock;
  // Makes a folder, or a label, that the mailbox lacks (core/flow/folder_change.h); empty: none is made.
  std::function<Result<Folder>(const std::string& path, bool is_label)> make = {};
};

struct ImportCounts {
  std::uint64_t messages = 0, imported = 0, duplicates = 0, failed = 0;
  std::uint64_t noted = 0;  // with a note or a to-do that was kept
};

// What became of one message.
struct ImportedOne {
  std::string where;
  Status status;
  std::optional<RemoteId> remote_id = {};      // imported
  std::optional<MessageId> duplicate_of = {};  // a stored one
  bool is_duplicate = false;
};

// What the mailbox has, as its provider tells, and, where that does not tell every label, those that stored mail
// carries: the labels that `label` knows.
std::vector<Folder> places_for_import(const Folders& told, std::span<const Folder> stored);

// How many messages there are; Code as each_found().
Result<std::uint64_t> count_found(const ImportRequest& request, const Stop& stop);

// What the request itself names and the mailbox has not: not_found.
Status check_places(const ImportRequest& request, const ImportWorld& world);

// Errors of one message are told and the others go on; an Error here ended the rest (no network, login needed, the
// store), or the whole, where what the request itself names cannot be made. `lacking` is told each label that files
// name and the mailbox has not, once, and why it could not be made, where it was to be.
Status import_messages(const ImportRequest& request, const ImportWorld& world,
                       const std::function<void(const ImportedOne&)>& told,
                       const std::function<void(const std::string& label, const Status& made)>& lacking,
                       ImportCounts& counts, const Stop& stop);

}  // namespace mailmgr
