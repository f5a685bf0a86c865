// The part of SqliteSyncStore that applies what a provider's change streams and listings tell.
#include "store/sync_store.h"

namespace mailmgr::store {

// One call's transaction.
struct SqliteSyncStore::PageWork {
  PageWork(Database& db, AccountId a, StreamRow s) : account(a), stream(s), folders(db, a) {}

  AccountId account;
  StreamRow stream;
  FolderTable folders;
  bool looked_up = false;  // naming a draft says nothing about its content
  PageOutcome outcome;
};

Result<PageOutcome> SqliteSyncStore::apply_page(AccountId account, const StreamId& stream, const Page& page) {
  return db_.write("saving changes", [&] {
    PageWork work(db_, account, enumerations_.open(account, stream));
    for (const auto& change : page.changes) apply_change(work, change);
    // A last page that is applied once more after its enumeration ended has nothing to compare with.
    if (page.snapshot && !page.more && work.stream.enumerating) {
      enumerations_.depart_unseen(account, work.stream);
      enumerations_.end(work.stream);
    }
    db_.sql("UPDATE stream SET cursor = ? WHERE id = ?").bind(page.next, work.stream.id).run();
    return work.outcome;
  });
}

void SqliteSyncStore::apply_change(PageWork& work, const Change& change) {
  if (change.presence == Presence::gone) return remove(work, change.id);
  auto state = messages_.find(work.account, change.id);
  if (change.presence == Presence::left_stream) {
    // Filed elsewhere already: the other folder's stream was faster.
    const bool here = state && (!work.stream.folder || state->marks.folders.contains(*work.stream.folder));
    if (here) {
      db_.sql("INSERT OR IGNORE INTO departed (message, account) VALUES (?, ?)").bind(state->id, work.account).run();
    }
    return;
  }

  // What is queued for a scope that it leaves before it was fetched.
  if (!change.in_scope && !(state && state->stored > 0)) {
    queue_.remove(work.account, change.id);
    if (state) messages_.remove(*state);
    return;
  }
  const auto wanted = queue_.find(work.account, change.id);
  if (wanted) messages_.marks().keep_pending(*wanted, change.marks);
  if (!state && change.marks.complete) {
    state = messages_.create(work.account, change.id, change.thread, change.received);
    Change first = change;
    messages_.apply(*state, first.marks, work.folders);
    if (work.stream.enumerating) enumerations_.see(work.stream, state->id);
  } else if (state) {
    apply_to_row(work, *state, change);
  }
  if (wanted || (state && state->stored > 0) || !change.in_scope) return;
  queue_.add(work.account, change.id, change.received, Queue::Source::change);
  ++work.outcome.wanted;
}

void SqliteSyncStore::apply_to_row(PageWork& work, MessageState& state, const Change& change) {
  const bool was_draft = state.stored > 0 && (state.marks.flags & kDraft) != 0;
  if (messages_.apply(state, change.marks, work.folders)) ++work.outcome.changed;
  if (!change.thread.value.empty()) {
    db_.sql("UPDATE message SET thread = ?1 WHERE id = ?2 AND thread <> ?1").bind(change.thread, state.id).run();
  }
  const bool here = work.stream.folder && state.marks.folders.contains(*work.stream.folder);
  if (change.marks.folder || here) db_.sql("DELETE FROM departed WHERE message = ?").bind(state.id).run();
  if (work.stream.enumerating) enumerations_.see(work.stream, state.id);

  // A draft keeps its id while it is written and, on Outlook, when it is sent: what is stored may be an early version.
  const bool is_draft = (state.marks.flags & kDraft) != 0;
  if (was_draft && (!is_draft || !work.looked_up) && !queue_.find(work.account, change.id)) {
    queue_.add(work.account, change.id, change.received, Queue::Source::change);
    ++work.outcome.wanted;
  }
}

void SqliteSyncStore::remove(PageWork& work, const RemoteId& id) {
  queue_.remove(work.account, id);
  const auto state = messages_.find(work.account, id);
  if (!state || succession_.waits(*state)) return;
  messages_.remove(*state);
  if (state->stored > 0) ++work.outcome.deleted;
}

Result<PageOutcome> SqliteSyncStore::apply_listing(AccountId account, const StreamId& stream,
                                                   std::span<const std::pair<RemoteId, ThreadId>> ids, ListingPass pass,
                                                   std::string_view listing) {
  return db_.write("saving a listing", [&] {
    PageWork work(db_, account, enumerations_.open(account, stream));
    for (const auto& [id, thread] : ids) {
      const auto state = messages_.find(account, id);
      if (state) enumerations_.see(work.stream, state->id);
      if (pass == ListingPass::left_out) enumerations_.leave_out(work.stream, id);
      if (pass != ListingPass::wanted || enumerations_.is_left_out(work.stream, id)) continue;
      if ((state && state->stored > 0) || queue_.find(account, id)) continue;
      queue_.add(account, id, std::nullopt, Queue::Source::listing);
      ++work.outcome.wanted;
    }
    db_.sql("UPDATE stream SET listing = ? WHERE id = ?").bind(listing, work.stream.id).run();
    return work.outcome;
  });
}

Status SqliteSyncStore::apply_label_listing(AccountId account, const StreamId& stream, const FolderId& label,
                                            std::span<const RemoteId> ids, std::string_view listing) {
  return db_.write("saving a listing", [&] {
    PageWork work(db_, account, enumerations_.open(account, stream));
    const bool unread = label.value == "UNREAD";
    const bool starred = label.value == "STARRED";
    for (const auto& id : ids) {
      const auto state = messages_.find(account, id);
      if (!state) continue;  // its marks come with its content
      if (unread) enumerations_.stage(work.stream, state->id, kStagedUnread);
      if (starred) enumerations_.stage(work.stream, state->id, kStagedStarred);
      if (unread || starred) continue;
      if (label.value == "DRAFT") enumerations_.stage(work.stream, state->id, kStagedDraft);
      enumerations_.stage(work.stream, state->id, work.folders.find_or_add(label, Folder::Kind::label).id);
    }
    db_.sql("UPDATE stream SET listing = ? WHERE id = ?").bind(listing, work.stream.id).run();
  });
}

Result<PageOutcome> SqliteSyncStore::finish_enumeration(AccountId account, const StreamId& stream,
                                                        std::optional<Cursor> rebuild_marks_from,
                                                        std::optional<Time> since) {
  return db_.write("saving a listing", [&] {
    PageOutcome outcome;
    const auto row = enumerations_.open(account, stream);
    if (!row.enumerating) return outcome;  // ended before: what was seen is forgotten, and nothing may be concluded
    enumerations_.depart_unseen(account, row, since);
    if (rebuild_marks_from) {
      outcome.changed = enumerations_.rebuild_marks(account, row);
      db_.sql("UPDATE stream SET cursor = ? WHERE id = ?").bind(*rebuild_marks_from, row.id).run();
    }
    enumerations_.end(row);
    return outcome;
  });
}

Result<std::vector<RemoteId>> SqliteSyncStore::next_departed(AccountId account, std::size_t limit) {
  return db_.read("reading what moved", [&] {
    std::vector<RemoteId> result;
    auto row = db_.sql(
        "SELECT m.remote_id FROM departed d JOIN message m ON m.id = d.message WHERE d.account = ? AND NOT d.gone "
        "ORDER BY"
        " d.message LIMIT ?");
    row.bind(account, limit);
    while (row.step()) result.emplace_back(row.text(0));
    return result;
  });
}

Result<PageOutcome> SqliteSyncStore::settle_departed(AccountId account,
                                                     std::span<const std::pair<RemoteId, MarksPatch>> found,
                                                     std::span<const RemoteId> gone) {
  return db_.write("saving what moved", [&] {
    PageWork work(db_, account, {});
    for (const auto& [id, marks] : found) {
      auto state = messages_.find(account, id);
      if (!state) continue;
      if (const auto wanted = queue_.find(account, id)) messages_.marks().keep_pending(*wanted, marks);
      work.looked_up = true;
      apply_to_row(work, *state, {id, Presence::present, marks, {}, {}});
      db_.sql("DELETE FROM departed WHERE message = ?").bind(state->id).run();
    }
    for (const auto& id : gone) remove(work, id);
    return work.outcome;
  });
}

Result<PageOutcome> SqliteSyncStore::remove_gone_drafts(AccountId account) {
  return db_.write("removing drafts", [&] {
    PageOutcome outcome;
    outcome.deleted = succession_.give_up(account);
    return outcome;
  });
}

}  // namespace mailmgr::store
