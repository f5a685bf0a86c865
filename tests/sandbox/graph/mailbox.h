// One mailbox: its folders, messages and the log of changes from which delta queries are answered. Every change takes a
// sequence number; a folder's log says what entered, left or changed in it, so that a delta token is nothing but a few
// numbers. Only the indices here are kept per message; a message's bytes come from its source when they are asked for.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/sandbox/api.h"
#include "tests/sandbox/graph/ids.h"
#include "tests/sandbox/mime/headers.h"

namespace mailmgr::sandbox::graph {

enum class Importance : std::uint8_t { low, normal, high };
enum class FlagStatus : std::uint8_t { not_flagged, flagged, complete };

// What the header block says; read once, when something of it is first asked for.
struct HeaderFacts {
  std::string subject;
  std::vector<mime::Address> from, sender, to, cc, bcc, reply_to;
  std::string message_id;
  std::int64_t sent = 0;  // unix seconds; 0 without a Date
  Importance importance = Importance::normal;
  bool read_receipt = false;
  bool delivery_receipt = false;
  bool is_event = false;  // has a text/calendar part
};

// What only the whole message says.
struct BodyFacts {
  std::string preview;
  bool has_attachments = false;  // that are not inline
};

struct Message {
  std::uint32_t key = 0;  // the immutable identity
  std::uint32_t incarnation = 0;
  std::uint32_t folder = 0;
  std::uint32_t version = 1;
  std::int64_t received = 0;  // unix seconds, as all times here
  std::int64_t created = 0;
  std::int64_t modified = 0;
  std::uint64_t conversation = 0;
  std::uint64_t entered = 0;  // sequence number of entering its folder
  bool alive = true;
  bool read = false;
  bool draft = false;
  bool focused = true;
  FlagStatus flag = FlagStatus::not_flagged;
  std::optional<Importance> importance;  // set by a client; else the header's
  std::string flag_dates;                // JSON members with a comma in front, or empty
  std::vector<std::string> categories;
  std::string message_id;  // where known without reading the message
  std::string item_type;   // "eventMessageRequest", …; empty: by its content
  int mime_status = 0;     // what $value answers instead of the MIME, 200 being an empty answer; 0: the MIME
  std::function<std::string()> raw;
  std::map<std::string, std::string> properties;  // extended properties by their id, as set by clients
  std::vector<std::uint16_t> attachment_numbers;  // of a changed draft; else attachments count from 1
  std::uint16_t last_attachment = 0;
  mutable std::shared_ptr<const HeaderFacts> header_facts;
  mutable std::shared_ptr<const BodyFacts> body_facts;
};

const HeaderFacts& header_facts(const Message& message);
const BodyFacts& body_facts(const Message& message);
// The Message-ID with its brackets, read from the headers if need be.
const std::string& internet_message_id(const Message& message);
Importance importance_of(const Message& message);

// Bits of LogEntry::what.
inline constexpr std::uint8_t kEntered = 1;
inline constexpr std::uint8_t kLeft = 2;
inline constexpr std::uint8_t kReadToggled = 4;
inline constexpr std::uint8_t kChanged = 8;
inline constexpr std::uint8_t kTrashed = 16;  // with kLeft: into Deleted Items, so recoverable

struct LogEntry {
  std::uint64_t sequence = 0;
  std::uint32_t key = 0;
  std::uint32_t incarnation = 0;  // the default id it has or had in this folder
  std::uint8_t what = 0;
};

struct Folder {
  std::uint32_t key = 0;
  std::uint32_t parent = 0;  // 0 for msgfolderroot
  std::string name;
  std::string_view well_known;  // "inbox", …; empty for folders of the owner
  bool hidden = false;
  bool alive = true;
  std::size_t unread = 0;
  std::map<std::uint64_t, std::uint32_t> by_entry;               // sequence number of entering → message
  std::set<std::pair<std::int64_t, std::uint32_t>> by_received;  // (time, message)
  std::vector<LogEntry> log;
};

class Mailbox {
 public:
  explicit Mailbox(std::string email);

  const std::string& email() const { return email_; }
  std::uint64_t number() const { return number_; }
  std::string user_id() const { return guid(number_); }
  std::uint64_t sequence() const { return sequence_; }
  std::uint32_t epoch() const { return epoch_; }
  void expire_cursors() { ++epoch_; }

  // Messages. References stay good for the mailbox's life.
  Message& add(Message message, std::uint32_t folder);  // key and entry are given here
  void move(Message& message, std::uint32_t folder);
  void remove(Message& message);
  void toggle_read(Message& message, bool read);
  void changed(Message& message, Time now);  // anything else about it
  void set_raw(Message& message, std::string raw, std::uint64_t conversation = 0);
  Message* find(std::uint32_t key);  // alive ones only
  // By default or immutable id; faults: malformed (400), not found (404).
  Message& message_by_id(std::string_view id);
  std::string id_of(const Message& message, bool immutable) const;
  const std::set<std::pair<std::int64_t, std::uint32_t>>& by_received() const { return by_received_; }

  // The conversation a message of these headers belongs to.
  std::uint64_t conversation_for(const HeaderList& headers) const;
  void remember_conversation(std::string_view message_id, std::uint64_t conversation);

  // Folders.
  const std::deque<Folder>& folders() const { return folders_; }
  Folder& folder(std::uint32_t key) { return folders_.at(key - 1); }
  const Folder& folder(std::uint32_t key) const { return folders_.at(key - 1); }
  // By id or well-known name; faults as above.
  Folder& folder_by_id(std::string_view id);
  Folder* well_known(std::string_view name);
  // By "inbox", "archive", "sent", "drafts", "trash", "spam" or a path of display names; made if missing when `create`.
  Folder* folder_by_word(std::string_view word, bool create);
  std::string word_of(const Folder& folder) const;  // undoes folder_by_word
  std::string id_of(const Folder& folder) const;
  std::vector<std::uint32_t> children(std::uint32_t parent, bool hidden) const;
  Folder& add_folder(std::string name, std::uint32_t parent, bool hidden = false);  // fault if the name is taken
  void rename_folder(Folder& folder, std::string name);
  void move_folder(Folder& folder, std::uint32_t parent);
  void remove_folder(Folder& folder);  // with everything in it
  std::uint32_t root() const { return 1; }

  struct FolderChange {
    std::uint64_t sequence = 0;
    std::uint32_t key = 0;
  };
  const std::vector<FolderChange>& folder_log() const { return folder_log_; }

 private:
  void enter(Message& message, std::uint32_t folder);
  void leave(Message& message, std::uint8_t how);
  void log_folder(const Folder& folder) { folder_log_.push_back({++sequence_, folder.key}); }
  void require_free_name(std::uint32_t parent, std::string_view name, std::uint32_t except) const;

  std::string email_;
  std::uint64_t number_ = 0;
  std::uint64_t sequence_ = 0;
  std::uint32_t epoch_ = 1;
  std::deque<Message> messages_;  // by key - 1
  std::deque<Folder> folders_;    // by key - 1
  std::set<std::pair<std::int64_t, std::uint32_t>> by_received_;
  std::vector<FolderChange> folder_log_;
  std::map<std::uint64_t, std::uint64_t> conversations_;  // hash of a Message-ID → conversation
};

}  // namespace mailmgr::sandbox::graph
