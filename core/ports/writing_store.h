// What a person writes with: templates, signatures and the addresses that mail may come from; and messages that are
// being written. Templates and signatures are found by their exact names. Every write is one transaction; errors are
// Code::store.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/mail/signature.h"
#include "core/mail/template_text.h"
#include "core/ports/provider.h"

namespace mailmgr {

struct NamedTemplate {
  std::string name;
  MailTemplate content;
  Time changed{};
};

class TemplateStore {
 public:
  virtual ~TemplateStore() = default;
  virtual Status put(const NamedTemplate& named) = 0;  // inserts or replaces
  virtual Result<std::optional<NamedTemplate>> find(std::string_view name) = 0;
  virtual Result<std::vector<NamedTemplate>> list() = 0;   // by name
  virtual Result<bool> remove(std::string_view name) = 0;  // false: there was none
};

struct NamedSignature {
  std::string name;
  Signature content;
  std::optional<AccountId> account = {};  // whose mailbox it came from: it is purged with that
  Time changed{};
};

class SignatureStore {
 public:
  virtual ~SignatureStore() = default;
  virtual Status put(const NamedSignature& named) = 0;  // inserts or replaces
  virtual Result<std::optional<NamedSignature>> find(std::string_view name) = 0;
  virtual Result<std::vector<NamedSignature>> list() = 0;  // by name
  // And what it was the default of. False: there was none.
  virtual Result<bool> remove(std::string_view name) = 0;
};

// Which signature stands under mail when nobody says: that of the address it comes from, else the account's.
struct SignatureDefault {
  AccountId account;
  std::string address = {};    // compared case-insensitively; empty: all that have none of their own
  std::string signature = {};  // its name; empty: expressly none
};

class SignatureDefaults {
 public:
  virtual ~SignatureDefaults() = default;
  virtual Status put(const SignatureDefault& value) = 0;  // inserts or replaces by account and address
  virtual Status remove(AccountId account, std::string_view address) = 0;
  virtual Result<std::vector<SignatureDefault>> list() = 0;  // by account and address
};

// An address that an account may send from, besides its own or the same, as its provider last told.
struct Alias {
  AccountId account;
  std::string email;  // compared case-insensitively
  std::string name = {};
  std::string reply_to = {};
  IdentityState state = IdentityState::usable;
  bool is_primary = false;
  bool is_default = false;
  bool operator==(const Alias&) const = default;
};

class AliasStore {
 public:
  virtual ~AliasStore() = default;
  virtual Status replace(AccountId account, const std::vector<Alias>& aliases) = 0;  // all that the account has
  virtual Result<std::vector<Alias>> list() = 0;  // by account, in the order they were given
};

enum class LocalDraftKind { fresh, reply, forward };

// A message that is being written here, before there is a mailbox draft of it or anything to send.
struct LocalDraft {
  LocalDraftId id = {};
  std::optional<AccountId> account = {};     // nullopt: not decided
  std::string sender = {}, recipients = {};  // as a person wrote them; for lists
  LocalDraftKind kind = LocalDraftKind::fresh;
  std::optional<MessageId> original = {};  // of a reply or forward; may be gone by now
  Time updated{};
  std::string remote_id = {};  // its draft in the mailbox; empty: none
};

struct LocalDraftVersion {
  std::int64_t version = 0;  // counts from 1
  Time saved{};
  std::string content;  // bytes
};

struct SavedDraft {
  LocalDraft draft;
  LocalDraftVersion latest;
};

class LocalDraftStore {
 public:
  virtual ~LocalDraftStore() = default;
  // Its first version; `updated` is when it was saved.
  virtual Result<LocalDraftId> create(const LocalDraft& draft, std::string_view content) = 0;
  // The draft as it is now, by id, and its next version, whose number is given back; content that equals the latest
  // makes none. The first and the last 20 are kept. Code::not_found.
  virtual Result<std::int64_t> save_version(const LocalDraft& draft, std::string_view content) = 0;
  virtual Result<std::optional<SavedDraft>> latest(LocalDraftId id) = 0;
  virtual Result<std::optional<LocalDraftVersion>> version(LocalDraftId id, std::int64_t version) = 0;
  virtual Result<std::vector<LocalDraftVersion>> versions(LocalDraftId id) = 0;  // without content, newest first
  virtual Result<std::vector<LocalDraft>> list() = 0;                            // last changed first
  virtual Result<bool> remove(LocalDraftId id) = 0;  // with every version; false: there was none
};

}  // namespace mailmgr
