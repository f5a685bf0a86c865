// What a sync writes: folders, cursors, marks, the queue of messages still to be fetched (`wanted`), and messages. One
// writer per account at a time (the caller holds the lease `sync-<account>`). Every call but purge() is one
// transaction: what it says is done is on disk, and a killed process leaves the state before or after it. All
// operations can be repeated with the same arguments without harm. Errors are Code::store.
//
// A message row exists from the moment marks are known of it; it is listed once its content is stored.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/blob.h"
#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/mail/message.h"
#include "core/mail/parse.h"
#include "core/ports/provider.h"

namespace mailmgr {

struct StreamState {
  StreamId stream;
  Cursor cursor;             // where changes() goes on; empty: never begun, or begun again
  bool enumerating = false;  // a full enumeration is under way, by snapshot pages or by listing
  std::string listing;       // listing only: how far it got (the flow's own text)
  bool made_here = false;    // its folder was made from here (EditStore::put_folder), empty, and no sync listed it yet
};

struct SyncPosition {
  std::vector<StreamState> streams;
  std::vector<Folder> folders;
  std::optional<Time> folders_at;     // when folders were last saved
  std::optional<Time> reconciled_at;  // when comparing all ids with the provider's last began
  std::string scope;  // what this position was taken for (the flow's own text); empty: the whole mailbox
};

// What a page of a listing is for.
enum class ListingPass {
  wanted,    // unknown ids become wanted, unless they were left out
  seen,      // nothing becomes wanted: only what is stored is noted as still there
  left_out,  // these never become wanted by this enumeration
};

struct PageOutcome {
  std::uint64_t wanted = 0;   // newly queued
  std::uint64_t changed = 0;  // rows whose marks changed
  std::uint64_t deleted = 0;  // rows removed
};

struct Wanted {
  RemoteId id;
  bool marks_known = false;  // complete marks are stored already: content is enough
  int attempts = 0;
  bool large = false;  // to be fetched alone; see mark_large
};

// A message's bytes as a store keeps them; see SyncStore::prepare.
struct PackedContent {
  std::uint64_t size = 0;  // of the message, bytes
  std::string sha256;      // of the message, 32 raw bytes
  std::vector<std::string> frames;
};

struct NewMessage {
  RemoteId id;
  ThreadId thread;               // empty: keep what is known
  std::optional<Time> received;  // absent: what is known, else the Date header, else now
  MarksPatch marks;
  Blob raw;
  ParsedMessage parsed;
  std::optional<PackedContent> packed = {};  // given: `raw` is not looked at
};

struct SyncCounts {
  std::uint64_t messages = 0;   // stored
  std::uint64_t remaining = 0;  // wanted
  std::uint64_t failed = 0;     // wanted that failed at least once
  std::uint64_t unsettled = 0;  // departed, or gone drafts
};

class SyncStore {
 public:
  virtual ~SyncStore() = default;

  virtual Result<SyncPosition> position(AccountId account) = 0;

  // Replaces the account's folders and labels of Kind folder and system, and labels as far as the provider lists them
  // (with Folders::every_label others are forgotten, and no message carries them any more); streams that are no longer
  // there are dropped, and their messages become departed (see next_departed).
  virtual Status save_folders(AccountId account, const Folders& folders, Time now) = 0;

  // What is synced has changed: every stream begins anew, and what is queued and not stored is forgotten, until the new
  // enumerations name it again.
  virtual Status change_scope(AccountId account, std::string_view scope) = 0;

  // Begins a full enumeration of a stream at `cursor` (the position from which changes are followed; empty where the
  // enumeration is made of snapshot pages). Nothing is deleted yet.
  virtual Status begin_enumeration(AccountId account, const StreamId& stream, const Cursor& cursor) = 0;

  // Applies a page and its cursor. Unknown ids that are present and in scope are queued as wanted, newest `received`
  // first; what is queued and turns out to be out of scope no more. A stored draft that is named, or is one no more, is
  // queued again: it may have been written on under the same id. A stored draft that is gone stays until
  // remove_gone_drafts(). An id that left the stream and is still filed there becomes departed. The page that ends a
  // snapshot makes the stream's messages that the snapshot did not name departed.
  virtual Result<PageOutcome> apply_page(AccountId account, const StreamId& stream, const Page& page) = 0;

  // One page of a listing, what it is for, and how far the listing got. What is stored counts as listed.
  virtual Result<PageOutcome> apply_listing(AccountId account, const StreamId& stream,
                                            std::span<const std::pair<RemoteId, ThreadId>> ids, ListingPass pass,
                                            std::string_view listing) = 0;
  // One page of the ids that carry `label`, gathered while marks are rebuilt; see finish_enumeration.
  virtual Status apply_label_listing(AccountId account, const StreamId& stream, const FolderId& label,
                                     std::span<const RemoteId> ids, std::string_view listing) = 0;
  // Ends an enumeration by listing: messages that were stored before it began and not listed become departed, except
  // those received before `since` (the scope that was listed). With `rebuild_marks_from` those that were listed get
  // exactly the labels under which they were ("UNREAD", "STARRED" and "DRAFT" being their marks), and the stream goes
  // on at that cursor, of before the listing: the changes since then are to be replayed.
  virtual Result<PageOutcome> finish_enumeration(AccountId account, const StreamId& stream,
                                                 std::optional<Cursor> rebuild_marks_from = std::nullopt,
                                                 std::optional<Time> since = std::nullopt) = 0;

  // Messages that left a stream and have not been seen elsewhere: to be looked up at the provider.
  virtual Result<std::vector<RemoteId>> next_departed(AccountId account, std::size_t limit) = 0;
  // The answers: where they are now, or that they are gone.
  virtual Result<PageOutcome> settle_departed(AccountId account, std::span<const std::pair<RemoteId, MarksPatch>> found,
                                              std::span<const RemoteId> gone) = 0;
  // Removes the stored drafts that are gone. To be called once what came with their going has been fetched: a draft
  // gets another id when it is saved (Gmail) or sent (Graph), and store_messages() gives its row to the message that
  // has its Message-ID, or is a draft in its thread.
  virtual Result<PageOutcome> remove_gone_drafts(AccountId account) = 0;
  // Comparing all ids with the provider's begins (SyncPosition::reconciled_at).
  virtual Status reconciling(AccountId account, Time now) = 0;

  // These are large (their size is known to the flow): those that are wanted are marked, the others passed over.
  virtual Status mark_large(AccountId account, std::span<const RemoteId> ids) = 0;

  // What to fetch next: due (not_before ≤ now), newest first; what a change named without a date is newest of all, what
  // a listing named without dates comes next, in the order of the listing.
  virtual Result<std::vector<Wanted>> next_wanted(AccountId account, std::size_t limit, Time now) = 0;
  // Does ahead what storing a message costs beside the database, hashing and compressing, and lets go of what is not
  // kept. Safe from any thread, also while another one writes. Messages too large to be held are left as they are.
  virtual Status prepare(NewMessage& message) const = 0;
  // Stores messages, prepared or not, and takes them off the queue; a message stored before is replaced.
  virtual Status store_messages(AccountId account, std::span<const NewMessage> messages, Time now) = 0;
  // Fetching failed: counts the attempt, to be tried again not before the given time; the account's latest run
  // remembers it (RunLog::failures).
  virtual Status postpone(AccountId account, const RemoteId& id, std::string_view error, Time not_before) = 0;
  // No longer wanted: gone at the provider. Its row goes too; that of a stored draft as in apply_page().
  virtual Status drop_wanted(AccountId account, std::span<const RemoteId> ids) = 0;
  // No longer wanted: out of scope, as its content showed. What was stored before stays.
  virtual Status leave_out(AccountId account, std::span<const RemoteId> ids) = 0;

  virtual Result<SyncCounts> counts(AccountId account) = 0;

  // Removes every trace of an account's mail, outbox and sync state. Unlike the others this is many transactions,
  // between which others write; `go_on` is asked after each, and ends it with Code::interrupted when it says no. Called
  // again, it goes on. `parse` reads what stays, for the full-text index that is made anew without the account.
  virtual Status purge(AccountId account, const MessageParser& parse, const std::function<bool()>& go_on = {}) = 0;
};

}  // namespace mailmgr
