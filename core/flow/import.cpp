#include "core/flow/import.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/failpoint.h"
#include "core/base/sha256.h"
#include "core/flow/edit_plan.h"
#include "core/mail/parse.h"
#include "core/mailfiles/maildir_name.h"
#include "core/net/retry.h"

namespace mailmgr {
namespace {

// Larger ones may go up in pieces (ports/importer.h).
constexpr std::uint64_t kAtOnce = std::uint64_t{4} << 20;

// Whether only this message is concerned.
bool is_of_one(const Error& error) {
  const auto code = exit_class(error.code).code;
  return code == Code::refused || code == Code::not_found || code == Code::usage || code == Code::partial;
}

std::string hash_of(const Blob& content) {
  Sha256 hash;
  (void)content.each_chunk([&](std::string_view chunk) {
    hash.update(chunk);
    return true;
  });
  return hash.finish();
}

// Where a message is filed; nullopt in it: the archive of a mailbox that has no folder for it.
struct Place {
  std::optional<FolderId> folder;
  bool is_drafts = false;
};

// refused: two folders are called so.
Result<std::optional<Place>> find_place(const Places& places, const std::string& name) {
  if (const auto wanted = role(name)) {
    if (const auto* folder = places.with_role(*wanted))
      return std::optional(Place{folder->id, *wanted == Role::drafts});
    return *wanted == Role::archive ? std::optional(Place{}) : std::nullopt;
  }
  // A folder of that name, else a label where labels file mail.
  auto found = places.named(name, Folder::Kind::folder);
  if (found && !*found && places.by_label) found = places.named(name, Folder::Kind::label);
  if (!found) return found.error();
  return *found ? std::optional(Place{(*found)->id}) : std::nullopt;
}

std::optional<FolderId> find_label(const Places& places, const std::string& name) {
  if (const auto* label = places.named(name, Folder::Kind::label).value_or(nullptr)) return label->id;
  for (const auto& folder : places.folders) {
    if (folder.kind == Folder::Kind::label && keyword_name(folder.path) == name) return folder.id;
  }
  return std::nullopt;
}

Error no_place(std::string_view what, const std::string& name) {
  return {Code::not_found, fmt::format("the mailbox has no {} \"{}\"", what, name),
          "--create makes it; mailmgr folder list shows what there is"};
}

class Import {
 public:
  Import(const ImportRequest& request, const ImportWorld& world, const Stop& stop,
         const std::function<void(const std::string&, const Status&)>& lacking)
      : request_(request), world_(world), stop_(stop), lacking_(lacking), places_(world.places) {}

  // What all messages get, made where it is to be.
  Status prepare() {
    if (request_.folder) {
      if (auto place = place_of(*request_.folder); !place) return place.error();
    }
    for (const auto& label : request_.labels) {
      auto id = label_of(label);
      if (!id) return id.error();
      if (!*id) return no_place("label", label);
      if (std::find(labels_.begin(), labels_.end(), **id) == labels_.end()) labels_.push_back(**id);
    }
    return {};
  }

  // What became of it; an Error ends the rest.
  Result<ImportedOne> one(const FoundMessage& found) {
    ImportedOne done{.where = found.where, .status = {}};
    ParseLimits limits;
    limits.max_text = 0;
    auto parsed = parse_message(found.content, limits);
    if (!parsed) return parsed.error();
    if (parsed->headers.empty()) {
      done.status = Error{Code::usage, fmt::format("importing {}: it is no message", found.where), ""};
      return done;
    }
    const auto hash = hash_of(found.content);
    if (!request_.again) {
      if (auto known = is_there(found, hash, parsed->message_id, done); !known) return known.error();
      if (!done.status || done.is_duplicate) return done;
    }
    auto incoming = incoming_of(found);
    if (!incoming) {
      if (!is_of_one(incoming.error())) return incoming.error();
      done.status = incoming.error().within(found.where);
      return done;
    }
    if (found.content.size() > world_.importer.max_size()) {
      done.status = Error{Code::too_large, fmt::format("importing {}: {} bytes are more than the {} that are taken",
                                                       found.where, found.content.size(), world_.importer.max_size())};
      return done;
    }
    if (request_.dry_run) return done;
    return send(found, *incoming, hash, parsed->message_id, std::move(done));
  }

  std::uint64_t noted() const { return noted_; }

 private:
  static KeptNotes notes_of(const FoundMessage& found) { return {found.note, found.todo}; }

  Result<ImportedOne> send(const FoundMessage& found, const Incoming& incoming, const std::string& hash,
                           const std::string& message_id, ImportedOne done) {
    const auto account = request_.account;
    if (auto begun = world_.log.begin(account, hash, message_id, world_.clock.now()); !begun) return begun.error();
    failpoint("import.begun");
    auto imported = world_.importer.import(incoming, stop_);
    failpoint("import.imported");
    const bool in_pieces = found.content.size() > kAtOnce;  // of which the last may have arrived
    const bool unclear = !imported && (in_pieces ? !is_of_one(imported.error()) : may_have_been_done(imported.error()));
    if (unclear && imported.error().code != Code::interrupted && !message_id.empty()) {
      const auto there = world_.importer.find(message_id, stop_);
      if (there && *there) imported = **there;
    }
    if (!imported) {
      const auto& error = imported.error();
      if (!unclear) {
        if (auto forgotten = world_.log.forget(account, hash); !forgotten) return forgotten.error();
      }
      if (!is_of_one(error)) return error.within(fmt::format("importing {}", found.where));
      done.status = error.within(found.where);
      return done;
    }
    done.remote_id = *imported;
    const auto notes = notes_of(found);
    if (auto noted = world_.log.done(account, hash, *imported, notes, world_.clock.now()); !noted) return noted.error();
    if (!notes.empty()) ++noted_;
    return done;
  }

  // Sets done.is_duplicate, or a status where it cannot be known.
  Status is_there(const FoundMessage& found, const std::string& hash, const std::string& message_id,
                  ImportedOne& done) {
    auto row = world_.log.find(request_.account, hash);
    if (!row) return row.error();
    const bool imported = *row && (*row)->remote_id;
    if (imported || !message_id.empty()) {
      // Of what was imported the bytes decide: others of the same Message-ID (a copy to oneself) are other messages.
      auto stored = stored_as(message_id, imported ? (*row)->remote_id : std::nullopt);
      if (!stored) return stored.error();
      if (imported || *stored) return duplicate(found, *stored, done);
    }
    const bool is_unsettled = row->has_value();
    if (!is_unsettled && (!request_.ask_mailbox || message_id.empty())) return {};
    if (request_.dry_run) return {};
    if (message_id.empty()) {
      done.status = Error{Code::partial,
                          fmt::format("importing {}: it was on its way when an import ended, and without a Message-ID "
                                      "nobody can tell whether it arrived",
                                      found.where),
                          "look in the mailbox; if it is not there, import it with --again"};
      return {};
    }
    auto there = world_.importer.find(message_id, stop_);
    if (!there && there.error().code == Code::refused && !is_unsettled) return {};
    if (!there && is_of_one(there.error())) {
      done.status = there.error().within(found.where);
      return {};
    }
    if (!there) return there.error();
    if (!*there) return {};
    if (!is_unsettled) {
      auto other = world_.log.brought(request_.account, message_id, **there);
      if (!other) return other.error();
      if (*other) return {};
    }
    if (is_unsettled) {
      const auto notes = notes_of(found);
      auto noted = world_.log.done(request_.account, hash, **there, notes, world_.clock.now());
      if (!noted) return noted;
      if (!notes.empty()) ++noted_;
    }
    done.is_duplicate = true;
    done.remote_id = **there;
    return {};
  }

  // Keeps what the file has and the stored message has not.
  Status duplicate(const FoundMessage& found, std::optional<MessageId> stored, ImportedOne& done) {
    done.is_duplicate = true;
    done.duplicate_of = stored;
    if (!stored || request_.dry_run || notes_of(found).empty()) return {};
    bool kept = false;
    if (found.note) {
      auto present = world_.notes.find_note(*stored);
      if (!present) return present.error();
      if (!*present) {
        if (auto put = world_.notes.put_note(*stored, *found.note, world_.clock.now()); !put) return put;
        kept = true;
      }
    }
    if (found.todo) {
      auto present = world_.notes.find_todo(*stored);
      if (!present) return present.error();
      if (!*present) {
        if (auto put = world_.notes.put_todo(*stored, *found.todo); !put) return put;
        kept = true;
      }
    }
    if (kept) ++noted_;
    return {};
  }

  // The stored message that was imported as `imported`, or one of this Message-ID that was there without an import.
  Result<std::optional<MessageId>> stored_as(const std::string& message_id, const std::optional<RemoteId>& imported) {
    if (message_id.empty()) return std::optional<MessageId>();
    query::Query query;
    query.root.kind = query::Node::Kind::term;
    query.root.term.field = query::Field::message_id;
    query.root.term.text = message_id;
    query.reaches_spam = query.reaches_trash = true;
    Selection selection;
    selection.accounts = {request_.account};
    std::vector<std::pair<MessageId, RemoteId>> rows;
    auto found = world_.reader.search(query, selection, {}, [&](const MessageRow& row) {
      rows.emplace_back(row.id, row.remote_id);
      return true;
    });
    if (!found) return found.error();
    for (const auto& [id, remote] : rows) {
      if (imported && *imported == remote) return std::optional(id);
      if (imported) continue;
      auto brought = world_.log.brought(request_.account, message_id, remote);
      if (!brought) return brought.error();
      if (!*brought) return std::optional(id);
    }
    return std::optional<MessageId>();
  }

  // Where mail of that folder is filed, made if it is to be.
  Result<Place> place_of(const std::string& name) {
    auto known = find_place(places(), name);
    if (known && !*known && world_.make && !role(name)) {
      if (auto made = make(name, false); !made) return made.error();
      known = find_place(places(), name);
    }
    if (!known) return known.error();
    return *known ? Result<Place>(**known) : no_place("folder", name);
  }

  // The same of a label; nullopt: the mailbox has none of that name.
  Result<std::optional<FolderId>> label_of(const std::string& name) {
    auto id = find_label(places(), name);
    if (id || !world_.make || name.empty()) return id;
    if (auto made = make(name, true); !made) return made.error();
    return find_label(places(), name);
  }

  Result<Incoming> incoming_of(const FoundMessage& found) {
    const auto name = request_.folder.value_or(found.folder.empty() ? "archive" : found.folder);
    const auto place = place_of(name);
    if (!place) return place.error();
    Incoming incoming{.mime = found.content, .folder = place->folder};
    incoming.unread = found.unread;
    incoming.starred = found.starred;
    incoming.draft = place->is_drafts || (found.draft && !request_.folder);
    incoming.received = found.received;
    incoming.labels = labels_;
    for (const auto& label : found.labels) {
      if (left_out_.contains(label)) continue;
      const auto id = label_of(label);
      if (!id && !is_of_one(id.error())) return id.error();
      if (!id || !*id) {  // the message is worth more than a word on it
        left_out_.insert(label);
        lacking_(label, id ? Status() : Status(id.error()));
        continue;
      }
      const auto& have = incoming.labels;
      if (std::find(have.begin(), have.end(), **id) == have.end()) incoming.labels.push_back(**id);
    }
    return incoming;
  }

  Places places() const { return {places_, world_.by_label}; }

  Status make(const std::string& path, bool is_label) {
    auto made = world_.make(path, is_label);
    if (!made) return made.error();
    places_.push_back(*std::move(made));
    return {};
  }

  const ImportRequest& request_;
  const ImportWorld& world_;
  const Stop& stop_;
  const std::function<void(const std::string&, const Status&)>& lacking_;
  std::vector<Folder> places_;    // of the mailbox, with those that were made
  std::vector<FolderId> labels_;  // that all messages get
  std::set<std::string> left_out_;
  std::uint64_t noted_ = 0;
};

}  // namespace

std::vector<Folder> places_for_import(const Folders& told, std::span<const Folder> stored) {
  auto places = told.folders;
  if (told.every_label) return places;
  const auto is_told = [&](const Folder& folder) {
    return std::any_of(told.folders.begin(), told.folders.end(),
                       [&](const Folder& one) { return one.id == folder.id; });
  };
  std::copy_if(stored.begin(), stored.end(), std::back_inserter(places),
               [&](const Folder& folder) { return folder.kind == Folder::Kind::label && !is_told(folder); });
  return places;
}

Result<std::uint64_t> count_found(const ImportRequest& request, const Stop& stop) {
  std::uint64_t count = 0;
  auto counted = each_found(request.path, request.format, [&](const Result<FoundMessage>&) {
    ++count;
    return !stop.interrupted();
  });
  if (!counted) return counted.error();
  if (stop.interrupted()) return Stop::error();
  return count;
}

Status check_places(const ImportRequest& request, const ImportWorld& world) {
  if (world.make) return {};
  const Places places{world.places, world.by_label};
  if (request.folder) {
    const auto place = find_place(places, *request.folder);
    if (!place) return place.error();
    if (!*place) return no_place("folder", *request.folder).within("import");
  }
  for (const auto& label : request.labels) {
    if (!find_label(places, label)) return no_place("label", label).within("import");
  }
  return {};
}

Status import_messages(const ImportRequest& request, const ImportWorld& world,
                       const std::function<void(const ImportedOne&)>& told,
                       const std::function<void(const std::string&, const Status&)>& lacking, ImportCounts& counts,
                       const Stop& stop) {
  Import run(request, world, stop, lacking);
  if (auto ready = run.prepare(); !ready) return ready.error().within("import");
  Status outcome;
  auto read = each_found(request.path, request.format, [&](Result<FoundMessage> found) {
    if (stop.interrupted()) outcome = Stop::error();
    if (!outcome) return false;
    ++counts.messages;
    auto done = found ? run.one(*found) : Result<ImportedOne>(ImportedOne{.where = "", .status = found.error()});
    if (!done) {
      outcome = done.error();
      ++counts.failed;
      return false;
    }
    ++(!done->status ? counts.failed : done->is_duplicate ? counts.duplicates : counts.imported);
    counts.noted = run.noted();
    told(*done);
    return true;
  });
  return read ? outcome : read;
}

}  // namespace mailmgr
