#include "tests/sandbox/graph/mailbox.h"

#include "core/base/encoding.h"
#include "tests/sandbox/graph/fault.h"

namespace mailmgr::sandbox::graph {

Message& Mailbox::add(Message message, std::uint32_t folder) {
  message.key = static_cast<std::uint32_t>(messages_.size() + 1);
  messages_.push_back(std::move(message));
  Message& stored = messages_.back();
  stored.alive = true;
  by_received_.emplace(stored.received, stored.key);
  enter(stored, folder);
  return stored;
}

void Mailbox::enter(Message& message, std::uint32_t folder_key) {
  Folder& into = folder(folder_key);
  message.folder = folder_key;
  message.entered = ++sequence_;
  into.by_entry.emplace(message.entered, message.key);
  into.by_received.emplace(message.received, message.key);
  into.unread += message.read ? 0 : 1;
  into.log.push_back({message.entered, message.key, message.incarnation, kEntered});
}

void Mailbox::leave(Message& message, std::uint8_t how) {
  Folder& from = folder(message.folder);
  from.by_entry.erase(message.entered);
  from.by_received.erase({message.received, message.key});
  from.unread -= message.read ? 0 : 1;
  from.log.push_back({++sequence_, message.key, message.incarnation, static_cast<std::uint8_t>(kLeft | how)});
}

void Mailbox::move(Message& message, std::uint32_t folder_key) {
  leave(message, folder(folder_key).well_known == "deleteditems" ? kTrashed : 0);
  ++message.incarnation;
  ++message.version;
  enter(message, folder_key);
}

void Mailbox::remove(Message& message) {
  leave(message, 0);
  by_received_.erase({message.received, message.key});
  message.alive = false;
  message.raw = nullptr;
  message.header_facts.reset();
  message.body_facts.reset();
  message.properties.clear();
}

void Mailbox::toggle_read(Message& message, bool read) {
  if (message.read == read) {
    return;
  }
  Folder& in = folder(message.folder);
  in.unread = read ? in.unread - 1 : in.unread + 1;
  message.read = read;
  ++message.version;
  in.log.push_back({++sequence_, message.key, message.incarnation, kReadToggled});
}

void Mailbox::changed(Message& message, Time now) {
  ++message.version;
  message.modified = to_unix_seconds(now);
  folder(message.folder).log.push_back({++sequence_, message.key, message.incarnation, kChanged});
}

void Mailbox::set_raw(Message& message, std::string raw, std::uint64_t conversation) {
  message.raw = [bytes = std::make_shared<const std::string>(std::move(raw))] { return *bytes; };
  message.header_facts.reset();
  message.body_facts.reset();
  message.message_id.clear();
  if (conversation != 0) {
    message.conversation = conversation;
  }
  remember_conversation(internet_message_id(message), message.conversation);
}

Message* Mailbox::find(std::uint32_t key) {
  if (key == 0 || key > messages_.size() || !messages_[key - 1].alive) {
    return nullptr;
  }
  return &messages_[key - 1];
}

Message& Mailbox::message_by_id(std::string_view text) {
  const auto id = decode_id(number_, text);
  if (!id || (id->kind != IdKind::message && id->kind != IdKind::immutable_message)) {
    malformed_id();
  }
  Message* message = find(id->key);
  if (message == nullptr || (id->kind == IdKind::message && id->incarnation != message->incarnation)) {
    item_not_found();
  }
  return *message;
}

std::string Mailbox::id_of(const Message& message, bool immutable) const {
  return immutable ? encode_id(number_, {IdKind::immutable_message, message.key, 0, 0})
                   : encode_id(number_, {IdKind::message, message.key, message.incarnation, 0});
}

std::uint64_t Mailbox::conversation_for(const HeaderList& headers) const {
  for (const auto name : {"In-Reply-To", "References"}) {
    const auto ids = mime::message_ids(mime::find_header(headers, name));
    for (auto id = ids.rbegin(); id != ids.rend(); ++id) {
      const auto known = conversations_.find(stable_hash(*id));
      if (known != conversations_.end()) {
        return known->second;
      }
    }
    if (!ids.empty()) {
      return stable_hash(ids.front());
    }
  }
  const auto own = mime::message_ids(mime::find_header(headers, "Message-ID"));
  return own.empty() ? stable_hash(email_ + std::to_string(sequence_)) : stable_hash(own.front());
}

void Mailbox::remember_conversation(std::string_view message_id, std::uint64_t conversation) {
  if (!message_id.empty()) {
    conversations_[stable_hash(message_id)] = conversation;
  }
}

}  // namespace mailmgr::sandbox::graph
