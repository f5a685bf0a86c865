// What the store holds of an account, message by message, to be compared with the mailbox; and whether the store itself
// is sound. Errors are Code::store.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/mail/parse.h"

namespace mailmgr {

struct LocalMessage {
  MessageId id;
  RemoteId remote_id;
  bool stored = false;    // its content is here
  bool wanted = false;    // it is queued to be fetched
  bool departed = false;  // it left a folder, and where it is now is not known yet
  bool unread = false, starred = false, draft = false;
  std::vector<FolderId> places;  // folders and labels, in ascending order
  std::optional<Time> received;
};

class Inventory {
 public:
  virtual ~Inventory() = default;
  // Calls `sink` for everything known of the account, in no promised order, until it returns false. What is queued
  // without any marks has no id yet (MessageId 0).
  virtual Status each(AccountId account, const std::function<bool(const LocalMessage&)>& sink) = 0;
  virtual Result<std::optional<LocalMessage>> find(AccountId account, const RemoteId& id) = 0;
  // The SHA-256 of the stored content, as it was stored; nullopt without content.
  virtual Result<std::optional<std::string>> content_hash(MessageId id) = 0;
  // What is wrong with the databases' structure and the full-text index, in words; empty: nothing. Reads everything.
  virtual Result<std::vector<std::string>> problems() = 0;
  // Makes the full-text index anew from the stored mail, in pieces between which others write and search, by the old
  // one; `parse` reads each message. Code::interrupted when `go_on`, asked after each piece, says no; the same call
  // then goes on.
  virtual Status reindex(const MessageParser& parse, const std::function<bool()>& go_on = {}) = 0;
};

}  // namespace mailmgr
