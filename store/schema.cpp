#include "store/schema.h"

#include <array>

namespace mailmgr::store {
namespace {

constexpr const char* kMail1 = R"sql(
-- A message exists from the moment its marks are known; `stored` is 0 until its content is here, then the number of the
-- store operation that brought it (counter 'stored'), by which an enumeration tells older mail from newer.
CREATE TABLE message (
  id INTEGER PRIMARY KEY AUTOINCREMENT,   -- public, never used again
  account INTEGER NOT NULL,
  remote_id TEXT NOT NULL,                -- compared byte by byte: Graph's ids differ in case alone
  thread TEXT NOT NULL DEFAULT '',
  received INTEGER,                       -- Unix milliseconds, >= 0
  stored INTEGER NOT NULL DEFAULT 0,
  marks_known INTEGER NOT NULL DEFAULT 0,
  flags INTEGER NOT NULL DEFAULT 0,       -- 1 unread, 2 starred, 4 draft, 8 has attachments
  size INTEGER NOT NULL DEFAULT 0,
  position INTEGER,                       -- rowid in `search`
  date INTEGER,
  message_id TEXT NOT NULL DEFAULT '',
  subject TEXT NOT NULL DEFAULT '',
  snippet TEXT NOT NULL DEFAULT '',
  damage TEXT NOT NULL DEFAULT '',
  sha256 BLOB,
  people BLOB                             -- (kind, address id) pairs in the order of the headers
);
CREATE UNIQUE INDEX message_by_remote ON message (account, remote_id);
-- What lists and most filters need, so that walking by date does not touch the rows.
CREATE INDEX message_by_date ON message (received, id, account, flags, size) WHERE stored > 0;
CREATE INDEX message_by_account ON message (account, received, id, flags, size) WHERE stored > 0;
CREATE INDEX message_by_thread ON message (thread, account) WHERE stored > 0;
CREATE INDEX message_by_message_id ON message (message_id) WHERE stored > 0;
CREATE UNIQUE INDEX message_by_position ON message (position) WHERE position IS NOT NULL;

CREATE TABLE folder (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account INTEGER NOT NULL,
  remote_id TEXT NOT NULL,
  kind INTEGER NOT NULL,
  role INTEGER NOT NULL,
  path TEXT NOT NULL,
  listed INTEGER NOT NULL,                -- 0: known only from messages that carry it
  UNIQUE (account, remote_id)
);
-- The key holds the date, so that a folder is listed newest first without sorting; -1 until the message is stored.
-- `filed`: put here as the message's one folder (MarksPatch::folder), not as a label.
CREATE TABLE membership (
  folder INTEGER NOT NULL,
  received INTEGER NOT NULL,
  message INTEGER NOT NULL,
  unread INTEGER NOT NULL,
  filed INTEGER NOT NULL,
  PRIMARY KEY (folder, received, message)
) WITHOUT ROWID;
CREATE INDEX membership_by_message ON membership (message, folder);

-- Everybody named in a header once. `folded` is "name <address>" in folded case, for searching parts of it.
CREATE TABLE address (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  email TEXT NOT NULL,
  name TEXT NOT NULL,
  folded TEXT NOT NULL,
  UNIQUE (email, name)
);
CREATE TABLE participant (
  address INTEGER NOT NULL,
  kind INTEGER NOT NULL,                  -- 0 from, 1 to, 2 cc, 3 bcc, 4 mailing list
  message INTEGER NOT NULL,
  received INTEGER NOT NULL,              -- the message's: what somebody wrote is sorted without looking up its rows
  PRIMARY KEY (address, kind, message)
) WITHOUT ROWID;

-- Raw mail: chunk n of message m is row m * 65536 + n, a zstd frame of 256 KiB.
CREATE TABLE chunk (id INTEGER PRIMARY KEY, data BLOB NOT NULL);

CREATE VIRTUAL TABLE search USING fts5 (
  subject, people, body, files, content = '', tokenize = 'unicode61 remove_diacritics 2'
);

-- Segments are merged eight at a time instead of four: storing 20,000 messages in commits of 200 takes 0.39 CPU ms each
-- instead of 0.52, and queries are as fast.
INSERT INTO search (search, rank) VALUES ('automerge', 8);

CREATE TABLE wanted (
  id INTEGER PRIMARY KEY,
  account INTEGER NOT NULL,
  remote_id TEXT NOT NULL,
  rank INTEGER NOT NULL,                  -- higher is fetched first
  attempts INTEGER NOT NULL DEFAULT 0,
  not_before INTEGER NOT NULL DEFAULT 0,
  error TEXT NOT NULL DEFAULT '',
  UNIQUE (account, remote_id)
);
CREATE INDEX wanted_next ON wanted (account, rank DESC, id);
-- Marks that changed while the message was wanted: replayed when it is stored, whose own marks may be older.
CREATE TABLE pending (
  wanted INTEGER NOT NULL,
  step INTEGER NOT NULL,
  op TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (wanted, step)
) WITHOUT ROWID;

CREATE TABLE stream (
  id INTEGER PRIMARY KEY,
  account INTEGER NOT NULL,
  stream TEXT NOT NULL,
  cursor TEXT NOT NULL DEFAULT '',
  enumerating INTEGER NOT NULL DEFAULT 0,
  listing TEXT NOT NULL DEFAULT '',
  began INTEGER NOT NULL DEFAULT 0,       -- counter 'stored' when the enumeration began
  UNIQUE (account, stream)
);
CREATE TABLE seen (
  stream INTEGER NOT NULL,
  message INTEGER NOT NULL,
  PRIMARY KEY (stream, message)
) WITHOUT ROWID;
CREATE TABLE staged (
  stream INTEGER NOT NULL,
  message INTEGER NOT NULL,
  label INTEGER NOT NULL,                 -- a folder's id, or -1 unread, -2 starred, -3 draft
  PRIMARY KEY (stream, message, label)
) WITHOUT ROWID;
CREATE TABLE departed (message INTEGER PRIMARY KEY, account INTEGER NOT NULL);
-- `messages`: how many are stored; counting rows would cost a tenth of an empty sync's time.
CREATE TABLE sync_account (
  account INTEGER PRIMARY KEY,
  folders_at INTEGER,
  messages INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE run (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account INTEGER NOT NULL,
  started INTEGER NOT NULL,
  ended INTEGER,
  fetched INTEGER, changed INTEGER, deleted INTEGER, failed INTEGER, remaining INTEGER,
  bytes INTEGER, requests INTEGER, quota_units INTEGER,
  complete INTEGER, error_code TEXT, error TEXT
);
CREATE INDEX run_by_account ON run (account, id);

CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account INTEGER NOT NULL,
  state TEXT NOT NULL,
  message_id TEXT NOT NULL,
  sender TEXT NOT NULL,
  recipients TEXT NOT NULL,               -- one per line
  subject TEXT NOT NULL,
  thread TEXT NOT NULL,
  staged TEXT NOT NULL,
  remote_id TEXT NOT NULL,
  sent_thread TEXT NOT NULL,
  error_code TEXT NOT NULL,
  error TEXT NOT NULL,
  created INTEGER NOT NULL,
  changed INTEGER NOT NULL
);
CREATE INDEX outbox_by_account ON outbox (account, state);
CREATE TABLE outbox_chunk (id INTEGER PRIMARY KEY, data BLOB NOT NULL);

CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO counter VALUES ('stored', 0), ('drift', 0);
)sql";

constexpr const char* kMail2 = R"sql(
-- What the streams were followed for (since, folders); a change of it makes them begin anew.
ALTER TABLE sync_account ADD COLUMN scope TEXT NOT NULL DEFAULT '';
-- Ids that an enumeration met where they are not wanted (under an excluded label).
CREATE TABLE left_out (
  stream INTEGER NOT NULL,
  remote_id TEXT NOT NULL,
  PRIMARY KEY (stream, remote_id)
) WITHOUT ROWID;
ALTER TABLE outbox ADD COLUMN held_from TEXT NOT NULL DEFAULT '';  -- the state before it was held
)sql";

constexpr const char* kMail3 = R"sql(
-- What happened to messages, in order, for scripts that react (`changes`). `run`: the latest run then, with which the
-- row is forgotten.
CREATE TABLE change (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  account INTEGER NOT NULL,
  message INTEGER NOT NULL,               -- its row may be gone
  event INTEGER NOT NULL,                 -- 0 new, 1 changed, 2 deleted, 3 sent, 4 bounced
  run INTEGER NOT NULL
);
CREATE INDEX change_by_run ON change (run);
CREATE TABLE consumer (name TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;
-- Messages that a run could not fetch, and why.
CREATE TABLE failure (
  run INTEGER NOT NULL,
  remote_id TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  error TEXT NOT NULL,
  PRIMARY KEY (run, remote_id)
) WITHOUT ROWID;
ALTER TABLE run ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;            -- 0 sync, 1 verify
ALTER TABLE wanted ADD COLUMN large INTEGER NOT NULL DEFAULT 0;        -- to be fetched alone
ALTER TABLE departed ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;       -- a draft that waits for its successor
ALTER TABLE sync_account ADD COLUMN reconciled_at INTEGER;             -- when all ids were last compared
-- The trouble that a person was last told of, and when.
ALTER TABLE sync_account ADD COLUMN told TEXT NOT NULL DEFAULT '';
ALTER TABLE sync_account ADD COLUMN told_at INTEGER;
CREATE INDEX outbox_by_message_id ON outbox (message_id);
-- A commit of 250 messages is one segment of the index, not several: 0.38 CPU ms per 8 KB of text instead of 0.43.
INSERT INTO search (search, rank) VALUES ('hashsize', 4194304);
CREATE INDEX outbox_by_remote_id ON outbox (remote_id) WHERE remote_id <> '';
)sql";

constexpr const char* kMail4 = R"sql(
-- Sending: repeated commands are known by their key; what a flush may send, and when.
ALTER TABLE outbox ADD COLUMN key TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN digest TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN later INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN due INTEGER;
ALTER TABLE outbox ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN dispatched INTEGER NOT NULL DEFAULT 0;
UPDATE outbox SET dispatched = 1 WHERE staged <> '' AND state IN ('sending', 'unknown', 'held');
CREATE UNIQUE INDEX outbox_by_key ON outbox (account, key) WHERE key <> '';
CREATE INDEX outbox_by_state ON outbox (state) WHERE state NOT IN ('sent', 'cancelled');
)sql";

constexpr const char* kMail5 = R"sql(
-- What a person writes with. An imported signature goes with the account it came from.
CREATE TABLE template (
  name TEXT PRIMARY KEY,
  subject TEXT NOT NULL,
  body TEXT,
  html TEXT,
  changed INTEGER NOT NULL
);
CREATE TABLE signature (
  name TEXT PRIMARY KEY,
  body TEXT,
  html TEXT,
  account INTEGER,
  changed INTEGER NOT NULL
);
CREATE TABLE signature_default (
  account INTEGER NOT NULL,
  address TEXT NOT NULL COLLATE NOCASE,   -- empty: all that have none of their own
  signature TEXT NOT NULL,                -- empty: expressly none
  PRIMARY KEY (account, address)
) WITHOUT ROWID;
CREATE TABLE alias (
  account INTEGER NOT NULL,
  address TEXT NOT NULL COLLATE NOCASE,
  position INTEGER NOT NULL,              -- as the provider lists them
  name TEXT NOT NULL,
  reply_to TEXT NOT NULL,
  state INTEGER NOT NULL,                 -- 0 usable, 1 pending, 2 unproven
  is_primary INTEGER NOT NULL,
  is_default INTEGER NOT NULL,
  PRIMARY KEY (account, address)
) WITHOUT ROWID;

-- Messages that are being written here; every version stays until the draft goes.
CREATE TABLE local_draft (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account INTEGER,
  sender TEXT NOT NULL,
  recipients TEXT NOT NULL,
  kind INTEGER NOT NULL,                  -- 0 fresh, 1 reply, 2 forward
  original INTEGER,
  updated INTEGER NOT NULL,
  remote_id TEXT NOT NULL
);
CREATE TABLE local_draft_version (
  draft INTEGER NOT NULL,
  version INTEGER NOT NULL,
  saved INTEGER NOT NULL,
  content BLOB NOT NULL,
  PRIMARY KEY (draft, version)
) WITHOUT ROWID;
)sql";

constexpr const char* kMail6 = R"sql(
-- Lists of messages, and what became of a message after it was sent.
ALTER TABLE outbox ADD COLUMN marker TEXT NOT NULL DEFAULT '';         -- its private header
ALTER TABLE outbox ADD COLUMN bulk INTEGER;                            -- the list it is a row of
ALTER TABLE outbox ADD COLUMN delivery INTEGER NOT NULL DEFAULT 0;     -- 1 delayed, 2 bounced, as reports tell
ALTER TABLE outbox ADD COLUMN undelivered_to TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN delivery_status TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN diagnostic TEXT NOT NULL DEFAULT '';
CREATE INDEX outbox_by_marker ON outbox (marker) WHERE marker <> '';
CREATE INDEX outbox_by_bulk ON outbox (bulk) WHERE bulk IS NOT NULL;
CREATE TABLE bulk_run (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account INTEGER NOT NULL,
  key TEXT NOT NULL,
  template TEXT NOT NULL,
  sender TEXT NOT NULL,
  pause INTEGER NOT NULL,                 -- ms at least between two messages
  created INTEGER NOT NULL,
  UNIQUE (account, key)
);
CREATE TABLE bulk_row (
  run INTEGER NOT NULL,
  key TEXT NOT NULL,
  line INTEGER NOT NULL,                  -- of the list that brought it
  recipients TEXT NOT NULL,               -- one per line
  subject TEXT NOT NULL,
  outbox INTEGER,                         -- NULL: suppressed
  suppressed TEXT NOT NULL,               -- the recipient for whose sake
  PRIMARY KEY (run, key)
) WITHOUT ROWID;
CREATE INDEX bulk_row_by_line ON bulk_row (run, line, key);
CREATE TABLE suppression (
  address TEXT PRIMARY KEY COLLATE NOCASE,
  reason TEXT NOT NULL,
  added INTEGER NOT NULL
) WITHOUT ROWID;
)sql";

constexpr const char* kMail7 = R"sql(
ALTER TABLE folder ADD COLUMN color TEXT NOT NULL DEFAULT '';          -- as its provider writes it; empty: none told

-- What a person keeps with a message. It outlives the message's row: `message` is NULL while there is none, and the
-- two ids are those of the row that went, by which a message that is stored again gets it back.
CREATE TABLE annotation (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account INTEGER NOT NULL,
  message INTEGER UNIQUE,
  remote_id TEXT NOT NULL DEFAULT '',
  message_id TEXT NOT NULL DEFAULT '',
  note TEXT,                              -- NULL: none
  note_changed INTEGER NOT NULL DEFAULT 0,
  todo INTEGER NOT NULL DEFAULT 0,        -- 0 none, 1 open, 2 done
  due INTEGER,
  added INTEGER,
  done INTEGER
);
CREATE INDEX annotation_by_remote ON annotation (account, remote_id) WHERE message IS NULL;
CREATE INDEX annotation_by_message_id ON annotation (account, message_id) WHERE message IS NULL;
CREATE INDEX annotation_todo ON annotation (due, added) WHERE todo = 1;
-- The words of notes, by annotation. They are few, so their text stays here and what changes can be deleted.
CREATE VIRTUAL TABLE note_search USING fts5 (note, tokenize = 'unicode61 remove_diacritics 2');
CREATE TABLE saved_search (
  name TEXT PRIMARY KEY,
  query TEXT NOT NULL,
  changed INTEGER NOT NULL
) WITHOUT ROWID;
-- What `import` brought to mailboxes. `remote_id` is NULL from before a message goes until it is known to be there.
CREATE TABLE imported (
  account INTEGER NOT NULL,
  sha256 BLOB NOT NULL,                   -- of its bytes
  message_id TEXT NOT NULL,
  begun INTEGER NOT NULL,
  remote_id TEXT,
  PRIMARY KEY (account, sha256)
) WITHOUT ROWID;
CREATE INDEX imported_by_message_id ON imported (account, message_id);
-- Names are found without regard to accents, as words are; addresses are not. No name holds a bracket.
UPDATE address SET folded = mailmgr_without_accents(substr(folded, 1, instr(folded, ' <') - 1))
  || substr(folded, instr(folded, ' <'));
)sql";

constexpr std::array<const char*, 7> kMailSteps{kMail1, kMail2, kMail3, kMail4, kMail5, kMail6, kMail7};

}  // namespace

// "mmgM" in ASCII.
const DatabaseKind kMailDatabase{"mail.db", 0x6d6d674d, kMailSteps};

}  // namespace mailmgr::store
