// A mail provider as mailmgr sees it: small interfaces and plain data. `Mailbox` reads, `Courier` sends, `Identities`
// tells from which addresses, `Curator` (curator.h) changes; `ProviderSpec` is what is known without a connection.
// Implementations live in providers/ and know nothing of stores or flows.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/blob.h"
#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/base/url.h"
#include "core/ports/access_tokens.h"
#include "core/ports/byte_progress.h"
#include "core/ports/clock.h"
#include "core/ports/http.h"
#include "core/ports/importer.h"
#include "core/ports/provider_config.h"
#include "core/ports/quota.h"
#include "core/ports/random.h"
#include "core/ports/stop.h"
#include "core/ports/usage.h"

namespace mailmgr {

struct Profile {
  std::string email;
  std::string name;  // may be empty
  // In the whole mailbox, where the provider tells it along with the rest.
  std::optional<std::uint64_t> messages = {};
};

// What a folder is for, the same words on both providers. `none`: an own folder or label.
enum class Role { none, inbox, archive, sent, drafts, trash, spam };
std::string_view to_string(Role role);  // "inbox", …; "" for none
std::optional<Role> role(std::string_view word);

struct Folder {
  enum class Kind {
    folder,  // mail is filed in it: Outlook's folders; Gmail's INBOX, SENT, DRAFT, TRASH, SPAM
    label,   // mail carries it: Gmail's user labels, Outlook's categories
    system,  // a provider's own mark, not shown among labels (IMPORTANT, CATEGORY_UPDATES)
  };
  FolderId id;
  Kind kind = Kind::folder;
  Role role = Role::none;
  std::string path;                         // full name; levels separated by '/'
  std::optional<std::uint64_t> total = {};  // messages in it, where the provider tells it along with the rest
  std::string color = {};                   // of a label, as the provider writes it; empty: none told
};

struct Folders {
  std::vector<Folder> folders;
  std::vector<StreamId> streams;  // the change streams to follow
  // All labels are among them: a label that is not was made or deleted since. Else mail may carry others (Outlook's
  // categories).
  bool every_label = false;
};

// What is known of a message's marks. Absent fields leave what is stored as it is: Graph's deltas are sparse, Gmail's
// history tells differences. `labels` is applied before `add` and `remove`.
struct MarksPatch {
  std::optional<bool> unread, starred, draft;
  std::optional<FolderId> folder;               // the one folder it is in (Graph); replaces any other folder
  std::optional<std::vector<FolderId>> labels;  // the whole set of labels (Gmail: folders too); replaces
  std::vector<FolderId> add, remove;
  bool complete = false;  // everything there is to know is given

  bool empty() const {
    return !unread && !starred && !draft && !folder && !labels && add.empty() && remove.empty() && !complete;
  }
};

enum class Presence {
  present,
  left_stream,  // gone from this stream; it may be in another folder: settled when all streams are at their end
  gone,         // permanently deleted
};

struct Change {
  RemoteId id;
  Presence presence = Presence::present;
  MarksPatch marks;
  ThreadId thread;               // empty if not told
  std::optional<Time> received;  // the provider's received date, where told
  bool in_scope = true;          // false: known to be outside of what is synced (set by the sync, not by providers)
};

struct Page {
  std::vector<Change> changes;  // in the order they happened; the same id may occur repeatedly
  Cursor next;                  // where to go on; commit it together with `changes`
  bool more = false;            // false: the stream is at its end for now
  bool snapshot = false;  // this page is part of a full enumeration, which ends with the first page without `more`
};

struct StreamCursor {
  StreamId stream;
  Cursor cursor;  // empty: from the start
};

// What a run goes by: the streams to follow, and the folders that the last run knew, which may be none.
struct Known {
  std::span<const StreamCursor> streams;
  std::span<const Folder> folders = {};
};

// What a run begins with: the folders as they are now, and the next page of each stream that was asked for.
struct Refresh {
  Folders folders;
  std::vector<Result<Page>> pages;  // as of Mailbox::changes
};

struct IdPage {
  std::vector<std::pair<RemoteId, ThreadId>> ids;
  Cursor next;  // empty at the end
};

struct ListScope {
  std::optional<FolderId> label;  // only what carries this label
  std::optional<Time> since;      // a hint to save effort: older ids may still be listed
  // Only what is larger than this, bytes; nothing where the provider's lists cannot tell.
  std::optional<std::uint64_t> larger_than = {};
};

// What to bring of a message.
enum class Want {
  content,
  marks,
  everything,  // content and marks
  anything,    // as everything, and where the bytes fail for now, a message made of what else the provider tells
};

struct Fetched {
  std::optional<Blob> raw;  // RFC 5322 bytes (not with Want::marks)
  MarksPatch marks;         // complete (not with Want::content; Gmail: always)
  ThreadId thread;          // empty if not told
  std::optional<Time> received;
  bool reconstructed = false;  // the provider has no bytes of it: `raw` was made of what else it tells
};

// What a provider does not know although nobody named it (the list of its folders, the changes) is its fault or the
// setup's: Code::gone becomes refused. Others stay, not_found too: the mailbox itself, which the account names.
Error unnamed(Error error);

// Called once per id asked for, from any of the provider's threads, also at the same time. An Error with Code::gone
// means the message no longer exists; other errors are this message's alone. Returning false ends the fetch early.
using FetchSink = std::function<bool(const RemoteId&, Result<Fetched>)>;

class Mailbox {
 public:
  virtual ~Mailbox() = default;
  virtual Result<Profile> profile(const Stop& stop) = 0;
  // The folders and the next page of each of these streams (which may be none), together where the provider can answer
  // both at once: most runs need nothing more. Of known folders less has to be asked.
  virtual Result<Refresh> refresh(const Known& known, const Stop& stop) = 0;

  // The next page of each stream, in the order asked. From an empty cursor, a provider with `snapshots_streams`
  // enumerates the stream (Page::snapshot); one without returns only the current position, and list() enumerates.
  // Code::cursor_expired: start that stream again from an empty cursor.
  virtual std::vector<Result<Page>> changes(std::span<const StreamCursor> streams, const Stop& stop) = 0;

  // Ids in no promised order, a page at a time from an empty cursor; for enumeration, resync and verification.
  virtual Result<IdPage> list(const StreamId& stream, const ListScope& scope, const Cursor& from, const Stop& stop) = 0;

  // Batches and overlaps inside; retries what passes. One id alone is asked for alone, which is how to ask for large
  // messages: of a batch of them too much would be under way at once. An Error here is about the connection or account
  // as a whole (network down, login needed); ids that had not reached the sink by then are simply still wanted.
  virtual Status fetch(std::span<const RemoteId> ids, Want want, const FetchSink& sink, const Stop& stop) = 0;
};

// A finished message on its way out.
struct Outgoing {
  Blob mime;                       // complete RFC 5322 message, CRLF
  std::string message_id;          // its Message-ID, with <>
  std::optional<ThreadId> thread;  // Gmail: the thread to reply in
  ByteProgress progress = {};      // told while it is uploaded in pieces
  // When it was asked for, by our clock: no older message is this one. Its Message-ID proves less, as a finished
  // message may bring one that is in the mailbox already.
  std::optional<Time> ordered = {};
  bool is_draft = false;  // stage() is to make a draft that stays, or fail: nothing is going to be dispatched
};

struct Receipt {
  RemoteId remote_id;  // of the message in Sent; empty where the provider does not tell
  ThreadId thread;
};

enum class Evidence {
  sent,
  on_its_way,  // taken by the provider, not sent yet: not to be dispatched again
  pending,     // the draft is still there
  none,        // neither is found
};

// Sending in two steps, so that a crash between them is survivable: a draft is staged, its id saved, then dispatched.
class Courier {
 public:
  virtual ~Courier() = default;
  // The largest message this provider takes, bytes of MIME; refuse before uploading.
  virtual std::uint64_t max_size() const = 0;
  // Makes a provider draft of the message. Not idempotent: never call again while an id is unresolved. A large message
  // goes up in pieces; it is a draft only once all of them are there. too_large: also what this provider or this login
  // cannot take in the form it has. For a login that may send but make no drafts the id may stand for none, and
  // dispatch sends the message itself; for an Outgoing that is to be a draft this is `refused`.
  virtual Result<StagedId> stage(const Outgoing& outgoing, const Stop& stop) = 0;
  // The draft that an earlier stage() of this message made although its answer never came; nullopt: there is none to be
  // found. What a broken-off stage() left half done is never given, but removed.
  virtual Result<std::optional<StagedId>> find_staged(const Outgoing& outgoing, const Stop& stop) = 0;
  // Sends the draft. no_answer or try_later: the outcome is unknown, ask evidence(). Code::gone: no such draft.
  virtual Result<Receipt> dispatch(const StagedId& staged, const Outgoing& outgoing, const Stop& stop) = 0;
  // Whether the message was sent: `sent` only on positive evidence.
  virtual Result<Evidence> evidence(const StagedId& staged, const Outgoing& outgoing, const Stop& stop) = 0;
  // The draft that is this message of the mailbox; nullopt: there is none.
  virtual Result<std::optional<StagedId>> draft_of(const RemoteId& message, const Stop& stop) = 0;
  // Removes a staged draft that will not be sent; Code::gone counts as done.
  virtual Status discard(const StagedId& staged, const Stop& stop) = 0;
};

enum class IdentityState {
  usable,
  pending,   // its owner has not confirmed it: the provider would send from another address
  unproven,  // an address of the mailbox, but whether mail may come from it is not told
};

// An address that mail of this mailbox may come from, as the provider tells it. All texts are a server's.
struct SendingIdentity {
  std::string email;
  std::string name = {};      // beside the address; empty: none of its own
  std::string reply_to = {};  // where answers go; empty: to the address itself
  IdentityState state = IdentityState::usable;
  bool is_primary = false;          // the mailbox's own
  bool is_default = false;          // chosen there for new mail
  std::string signature_html = {};  // hostile (core/mail/signature.h); empty: none, or not told
};

class Identities {
 public:
  virtual ~Identities() = default;
  // The primary one first; each address once. Code::auth_required also where the login may not ask.
  virtual Result<std::vector<SendingIdentity>> list(const Stop& stop) = 0;
};

struct Endpoints {
  Url authorize, token;
  std::optional<Url> revoke, device, userinfo;
  Url api;                           // root of the API: https://gmail.googleapis.com, https://graph.microsoft.com
  std::vector<std::string> issuers;  // values of `iss` that are right; "{tenantid}" stands for any tenant
  std::optional<Url> admin_consent = std::nullopt;  // where an administrator allows a client for everyone (Entra)
  // Goes in front of bare scopes when they are asked for (not of openid, profile, email, offline_access, nor of scopes
  // with "://"); empty except in Microsoft's national clouds.
  std::string scope_prefix = {};
  // `aud` of assertions (RFC 7523 §3): the token endpoint as the provider itself knows it, also behind a proxy.
  std::string token_audience = {};
  std::string app_scope = {};  // what an application asks for that acts for nobody; empty where there are none
};

struct ProviderDeps {
  HttpClient& http;
  AccessTokens& tokens;
  Clock& clock;
  Random& random;
  Endpoints endpoints;
  std::string user = "me";      // "me", or the address of a mailbox reached through another's grant
  UsageMeter* usage = nullptr;  // counts every request, where given
  Pacer* pacer = nullptr;       // every request waits for it, where given
  std::string_view quota = {};  // QuotaTable::name of the limits that hold; empty: the provider's first
  bool reads_settings = false;  // the login may read the mailbox's settings (Outlook's list of categories)
};

class FilterSettings;  // core/ports/mailbox_settings.h
class VacationSettings;

// A word of `--with`: a power that a login asks for beyond its access level.
struct Extra {
  std::string_view word;    // "settings"
  bool needs_full = false;  // its scope gives so much that a lower access level would be a lie
};
// What a token is for: the provider's API, or its mail servers (SASL XOAUTH2).
enum class TokenUse { api, imap, smtp };

class Curator;

struct ProviderSpec {
  ProviderKind kind;
  std::string_view title;  // "Google"
  // Requests the authorization endpoint needs beyond RFC 6749 and 7636.
  QueryParams authorize_extras;
  std::string_view redirect_host;      // "127.0.0.1" or "localhost"
  std::string_view redirect_path;      // "/cb/google" or "/"
  bool secret_required = false;        // a client secret belongs to the client even on desktops (Google)
  bool snapshots_streams = false;      // see Mailbox::changes
  bool keeps_signatures = false;       // see SendingIdentity::signature_html
  bool rebuilds_imports = false;       // an imported message is made anew of its parts: its bytes are others
  bool stable_bytes = false;           // a message's bytes are the same each time they are fetched
  std::string_view no_device_login;    // why nobody can log in with a device code (RFC 8628); empty: they can
  std::string_view browser_errors;     // what goes wrong on the provider's pages and never reaches the listener
  std::span<const QuotaTable> quotas;  // the limits it is known to set; the first hold unless told otherwise
  // A login's refresh token dies after this long without use; nullopt if unknown.
  std::optional<milliseconds> idle_lifetime;
  // Any one of these lets a login list its sending addresses; none: every login may.
  std::span<const std::string_view> identity_scopes;
  // Any one of these lets a login read filters and the automatic answer.
  std::span<const std::string_view> settings_scopes;
  std::span<const Extra> extras;  // the words of --with that mean something here
  // Scopes with this prefix are the mail servers', who take other tokens than the API: people consent to both in the
  // same login, but the token endpoint's answer names the API's alone. Empty: one token is good for both.
  std::string_view server_resource;
  // Console steps for administrators, plain text: for a client that people log in through, and for a credential that
  // reaches every mailbox of an organisation. Placeholders: {redirect_uri}, {scopes} (one a line), {scope_list}
  // (separated by commas), {options} (of `provider set`).
  std::string_view guide, organisation_guide;

  // usage or config errors name the setting that is wrong (a bad URL, plain http to a host that is not loopback).
  Result<Endpoints> (*endpoints)(const ProviderConfig& config);
  // The least scopes for this access, in canonical spelling, as they are asked for.
  std::vector<std::string> (*scopes)(AccessLevel access, const std::set<std::string>& with);
  // What an administrator grants once for every mailbox of an organisation: the scopes to delegate to a service account
  // (Google), the application permissions (Microsoft).
  std::vector<std::string> (*organisation_scopes)(AccessLevel access, const std::set<std::string>& with);
  // The scopes a token needs for a mail server, as they are asked for; empty for the API.
  std::vector<std::string> (*server_scopes)(TokenUse use);
  // A granted scope in canonical spelling, so that it can be compared with those asked for.
  std::string (*canonical_scope)(std::string_view scope);
  std::unique_ptr<Mailbox> (*mailbox)(const ProviderDeps& deps);
  std::unique_ptr<Courier> (*courier)(const ProviderDeps& deps);
  std::unique_ptr<Identities> (*identities)(const ProviderDeps& deps);
  std::unique_ptr<Importer> (*importer)(const ProviderDeps& deps);

  // Changing mail (core/ports/curator.h).
  std::unique_ptr<Curator> (*curator)(const ProviderDeps& deps);
  bool files_by_label = false;  // mail is filed by labels, of which it may have many or none (Gmail), not in a folder
  // A deleted label goes off all mail. Otherwise mail keeps its name (Outlook's categories).
  bool labels_are_objects = false;
  std::string_view label_extra = {};  // the word of --with that making and changing labels needs; empty: none
  // A colour of a label by a common name or the provider's own word, as the provider writes it. usage lists what there
  // is.
  Result<std::string> (*color)(std::string_view word) = nullptr;
  std::unique_ptr<FilterSettings> (*filters)(const ProviderDeps& deps);
  std::unique_ptr<VacationSettings> (*vacation)(const ProviderDeps& deps);
};

}  // namespace mailmgr
