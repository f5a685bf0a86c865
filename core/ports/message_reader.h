// What people and scripts read: messages, threads, folders, raw bytes. Readers never block a sync for long: lists come
// in short reads, so a slow consumer (a pager, a pipe) holds no lock. Errors are Code::store unless said otherwise.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/blob.h"
#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/mail/message.h"
#include "core/ports/provider.h"
#include "core/query/query.h"

namespace mailmgr {

struct MessageRow {
  MessageId id;
  AccountId account;
  RemoteId remote_id;
  std::string message_id;
  ThreadId thread;
  std::vector<std::string> folders;  // words (inbox, archive, …) or paths; a message in none is in "archive"
  std::vector<std::string> labels;   // Gmail's user labels and Outlook's categories, by name
  std::optional<Time> date;          // the Date header
  Time received{};
  Address from;
  std::vector<Address> to, cc;
  std::string subject, snippet;
  bool unread = false, starred = false, draft = false, has_attachments = false;
  std::uint64_t size = 0;                // of the raw message, bytes
  std::string damage;                    // see ParsedMessage::damage
  std::optional<std::string> note = {};  // a person's own (NoteStore)
  bool todo = false;                     // an open to-do
  std::optional<Time> todo_due = {};
};

struct ThreadRow {
  ThreadId thread;
  AccountId account;
  std::string subject;  // of the latest message
  std::uint64_t count = 0, unread = 0;
  MessageId latest;
  Time received{};  // of the latest message
  std::vector<Address> participants;
};

struct FolderRow {
  AccountId account;
  Folder folder;
  std::uint64_t total = 0, unread = 0;
};

enum class Order { date, relevance };  // date: newest received first; ties by id, newest first

struct Selection {
  std::vector<AccountId> accounts = {};     // only these; empty: all
  std::vector<AccountId> without = {};      // never these
  std::optional<std::uint64_t> limit = {};  // at most so many; nullopt: all
  std::optional<MessageId> before = {};     // only what is listed after this message (paging); date order only
  Order order = Order::date;
};

// What account: terms in queries are compared with.
struct AccountName {
  AccountId id;
  std::string name, email;
};

// How a search is answered, without answering it.
struct Explanation {
  std::string method;              // "words", "relevance", "set", "folder" or "date"
  std::vector<std::string> steps;  // in words for people
};

class MessageReader {
 public:
  virtual ~MessageReader() = default;
  // Calls `sink` for each message found, in order, until it returns false.
  virtual Status search(const query::Query& query, const Selection& selection, const std::vector<AccountName>& names,
                        const std::function<bool(const MessageRow&)>& sink) = 0;
  virtual Result<Explanation> explain(const query::Query& query, const Selection& selection,
                                      const std::vector<AccountName>& names) = 0;
  // Threads with at least one message found, ordered by their latest message found.
  virtual Status search_threads(const query::Query& query, const Selection& selection,
                                const std::vector<AccountName>& names,
                                const std::function<bool(const ThreadRow&)>& sink) = 0;
  virtual Result<std::optional<MessageRow>> find(MessageId id) = 0;
  // Oldest first; nothing for the empty id, which is no thread.
  virtual Result<std::vector<MessageRow>> thread(AccountId account, const ThreadId& thread) = 0;
  virtual Result<Blob> raw(MessageId id) = 0;            // Code::not_found without content
  virtual Result<std::vector<FolderRow>> folders() = 0;  // by account, roles first, then path
  // Whether in:NAME means anything in one of these accounts (none: in any).
  virtual Result<bool> knows_place(std::string_view name, const std::vector<AccountId>& accounts) = 0;
  virtual Result<std::uint64_t> count(AccountId account) = 0;
  virtual Result<std::uint64_t> unread(AccountId account) = 0;  // spam and trash left out
};

}  // namespace mailmgr
