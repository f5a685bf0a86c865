// The state of one Gmail mailbox: messages, labels, threads, drafts and the history of changes. Every change goes
// through it, so that history ids, threads and the order of lists are always right. It knows nothing of HTTP or JSON.
//
// Lookups return pointers into the mailbox, valid until the next change; nullptr means "no such".
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/time.h"
#include "tests/sandbox/api.h"
#include "tests/sandbox/gmail/labels.h"

namespace mailmgr::sandbox::gmail {

// What searching needs of the headers; made on first use.
struct HeaderFacts {
  std::string from, to, cc, bcc, subject, list_id, delivered_to;  // decoded
};

struct Message {
  std::uint64_t id = 0;
  std::uint64_t thread_id = 0;
  std::uint64_t history_id = 0;
  Time internal_date{};
  std::function<std::string()> raw;
  std::string message_id;          // the Message-ID header with <>, may be empty
  std::vector<LabelKey> labels;    // sorted
  mutable std::uint64_t size = 0;  // 0: not known yet
  mutable std::unique_ptr<HeaderFacts> facts;
  mutable std::unique_ptr<std::string> snippet;

  bool has(LabelKey key) const;
  bool has(SystemLabel label) const { return has(key_of(label)); }
  std::uint64_t byte_size() const;
  const HeaderFacts& header_facts() const;
};

struct Draft {
  std::string id;
  std::uint64_t message = 0;
};

// A message accepted for sending, kept even if the message in the mailbox goes.
struct SentMail {
  std::uint64_t id = 0;
  std::shared_ptr<const std::string> raw;
  Time at{};
};

struct HistoryRecord {
  std::uint64_t id = 0;
  std::uint64_t message = 0;
  std::uint64_t thread = 0;
  bool added = false;
  bool deleted = false;
  std::vector<std::string> labels_added;  // by id: the label itself may be gone when the record is read
  std::vector<std::string> labels_removed;
  std::vector<std::string> labels;  // after the change; of a deleted message the last ones
};

// What a new message is made of.
struct NewMessage {
  std::function<std::string()> raw;
  std::string message_id;
  Time internal_date{};
  std::uint64_t size = 0;
  std::uint64_t thread = 0;  // 0: a thread of its own
  std::vector<LabelKey> labels;
};

// A place in the order of lists: newest first, equal dates by id, highest first.
struct Position {
  Time date{};
  std::uint64_t id = 0;
};

class Mailbox {
 public:
  explicit Mailbox(std::string email);
  ~Mailbox();

  const std::string& email() const { return email_; }
  std::string display_name;  // of the primary address

  // Mail that was there before: no history of it. Ids follow the order given, history ids the dates.
  void load(std::vector<SourceMessage> messages);

  const Message* message(std::uint64_t id) const;
  std::size_t message_count() const { return messages_.size(); }
  std::size_t thread_count() const { return threads_.size(); }
  // Of one thread, oldest first; empty if there is none.
  std::span<Message* const> thread(std::uint64_t id) const;
  // All messages, newest first; those strictly after `position` if one is given.
  std::span<Message* const> ordered(std::optional<Position> after = std::nullopt) const;

  const Message& add(NewMessage message);
  void remove(std::uint64_t id);
  // Adds and removes labels; what is so already is no change and leaves no history. INBOX, SPAM and TRASH exclude each
  // other: adding one removes the others.
  void change_labels(std::uint64_t id, std::span<const LabelKey> add, std::span<const LabelKey> remove);

  const LabelSet& labels() const { return labels_; }
  Label& create_label(std::string_view name);
  Label& edit_label(LabelKey key);
  void rename_label(LabelKey key, std::string_view name);
  void delete_label(LabelKey key);
  // The user label of that name, made if there is none.
  LabelKey ensure_label(std::string_view name);
  // The labels that make up a folder of SourceMessage::folder, or "chats"; "archive" has none.
  std::vector<LabelKey> labels_for_folder(std::string_view folder);

  const Draft* draft(std::string_view id) const;
  const Draft* draft_of(std::uint64_t message) const;
  std::vector<const Draft*> drafts() const;  // by message, newest first
  // `message` must be in the mailbox with DRAFT.
  const Draft& create_draft(std::uint64_t message);
  void set_draft_message(std::string_view id, std::uint64_t message);
  void forget_draft(std::string_view id);

  std::uint64_t history_id() const { return history_id_; }
  std::uint64_t oldest_history_id() const { return history_floor_; }  // the first start that is still known
  std::span<const HistoryRecord> history_after(std::uint64_t id) const;
  void expire_history();

  // The thread a delivered message belongs to by References, In-Reply-To and subject; 0 if to none.
  std::uint64_t thread_by_references(const HeaderList& headers) const;
  // May a message with these headers join that thread? References or In-Reply-To name one of it, the subject is its.
  bool joins_thread(std::uint64_t thread, const HeaderList& headers) const;

  std::vector<SentMail> sent;
  mutable std::uint64_t attachment_ids_given = 0;  // so that the next one differs

 private:
  std::uint64_t next_history_id();
  std::uint64_t next_message_id();
  Message& insert(NewMessage message);
  void record(HistoryRecord record);
  void drop_from_order(const Message& message);
  std::vector<std::string> label_ids(const Message& message) const;

  std::string email_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Message>> messages_;
  std::vector<Message*> order_;  // newest first
  std::unordered_map<std::uint64_t, std::vector<Message*>> threads_;
  std::unordered_map<std::string, std::uint64_t> thread_keys_;
  LabelSet labels_;
  std::map<std::string, Draft, std::less<>> drafts_;
  std::unordered_map<std::uint64_t, std::string> draft_ids_;  // by message
  std::vector<HistoryRecord> history_;
  std::uint64_t history_id_;
  std::uint64_t history_floor_;
  std::uint64_t created_ = 0;
  std::uint64_t drafts_created_ = 0;
};

// Ids as the API writes them: 16 hexadecimal digits without leading zeros; nullopt for what cannot be an id.
std::string id_text(std::uint64_t id);
std::optional<std::uint64_t> parse_id(std::string_view text);

}  // namespace mailmgr::sandbox::gmail
