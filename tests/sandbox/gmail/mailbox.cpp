#include "tests/sandbox/gmail/mailbox.h"

#include <algorithm>
#include <charconv>

#include "core/base/encoding.h"
#include "tests/sandbox/mime/headers.h"

namespace mailmgr::sandbox::gmail {
namespace {

constexpr std::uint64_t kFirstId = 0x18c0'0000'0000'0000;
constexpr std::uint64_t kFirstHistoryId = 1'000'000;

// A well-mixed number for each counter value (splitmix64), so that ids look random and runs repeat.
std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

bool comes_before(const Message* a, const Message* b) {
  return a->internal_date != b->internal_date ? a->internal_date > b->internal_date : a->id > b->id;
}

void insert_sorted(std::vector<LabelKey>& labels, LabelKey key) {
  const auto at = std::lower_bound(labels.begin(), labels.end(), key);
  if (at == labels.end() || *at != key) {
    labels.insert(at, key);
  }
}

std::string subject_of(const HeaderList& headers) {
  return mime::base_subject(mime::decode_header(mime::find_header(headers, "Subject")));
}

std::vector<std::string> ancestors(const HeaderList& headers) {
  auto ids = mime::message_ids(mime::find_header(headers, "References"));
  for (auto& id : mime::message_ids(mime::find_header(headers, "In-Reply-To"))) {
    ids.push_back(std::move(id));
  }
  return ids;
}

}  // namespace

bool Message::has(LabelKey key) const {
  return std::binary_search(labels.begin(), labels.end(), key);
}

std::uint64_t Message::byte_size() const {
  if (size == 0) {
    size = raw().size();
  }
  return size;
}

const HeaderFacts& Message::header_facts() const {
  if (!facts) {
    const auto headers = mime::scan_headers(raw());
    const auto decoded = [&](std::string_view name) { return mime::decode_header(mime::find_header(headers, name)); };
    facts = std::make_unique<HeaderFacts>(HeaderFacts{decoded("From"), decoded("To"), decoded("Cc"), decoded("Bcc"),
                                                      decoded("Subject"), decoded("List-ID"), decoded("Delivered-To")});
  }
  return *facts;
}

Mailbox::Mailbox(std::string email)
    : email_(std::move(email)), history_id_(kFirstHistoryId), history_floor_(kFirstHistoryId) {}

Mailbox::~Mailbox() = default;

std::uint64_t Mailbox::next_history_id() {
  return history_id_ += 1 + mix(history_id_) % 97;
}

std::uint64_t Mailbox::next_message_id() {
  ++created_;
  return kFirstId + (created_ << 24) + (mix(created_ + std::hash<std::string>{}(email_)) & 0xffffff);
}

Message& Mailbox::insert(NewMessage parts) {
  auto message = std::make_unique<Message>();
  message->id = next_message_id();
  message->thread_id = parts.thread == 0 ? message->id : parts.thread;
  message->internal_date = parts.internal_date;
  message->raw = std::move(parts.raw);
  message->message_id = std::move(parts.message_id);
  message->size = parts.size;
  message->labels = std::move(parts.labels);
  std::sort(message->labels.begin(), message->labels.end());
  message->labels.erase(std::unique(message->labels.begin(), message->labels.end()), message->labels.end());
  Message& stored = *message;
  messages_.emplace(stored.id, std::move(message));
  auto& thread = threads_[stored.thread_id];
  thread.insert(std::upper_bound(thread.begin(), thread.end(), &stored,
                                 [](const Message* a, const Message* b) { return comes_before(b, a); }),
                &stored);
  return stored;
}

void Mailbox::load(std::vector<SourceMessage> sources) {
  std::vector<Message*> loaded;
  loaded.reserve(sources.size());
  messages_.reserve(messages_.size() + sources.size());
  for (auto& source : sources) {
    NewMessage parts;
    parts.raw = std::move(source.raw);
    parts.message_id = std::move(source.message_id);
    parts.internal_date = source.received;
    parts.size = source.size;
    parts.labels = labels_for_folder(source.folder);
    if (source.unread) {
      parts.labels.push_back(key_of(SystemLabel::unread));
    }
    if (source.starred) {
      parts.labels.push_back(key_of(SystemLabel::starred));
    }
    for (const auto& name : source.labels) {
      parts.labels.push_back(ensure_label(name));
    }
    const auto known = source.thread_key.empty() ? thread_keys_.end() : thread_keys_.find(source.thread_key);
    parts.thread = known == thread_keys_.end() ? 0 : known->second;
    Message& message = insert(std::move(parts));
    if (!source.thread_key.empty()) {
      thread_keys_.emplace(std::move(source.thread_key), message.thread_id);
    }
    if (message.has(SystemLabel::draft)) {
      create_draft(message.id);
    }
    loaded.push_back(&message);
  }
  std::sort(loaded.begin(), loaded.end(), comes_before);
  for (auto message = loaded.rbegin(); message != loaded.rend(); ++message) {
    (*message)->history_id = next_history_id();
  }
  const auto middle = static_cast<std::ptrdiff_t>(order_.size());
  order_.insert(order_.end(), loaded.begin(), loaded.end());
  std::inplace_merge(order_.begin(), order_.begin() + middle, order_.end(), comes_before);
  history_.clear();
  history_floor_ = history_id_;
}

std::vector<LabelKey> Mailbox::labels_for_folder(std::string_view folder) {
  constexpr std::pair<std::string_view, SystemLabel> kFolders[] = {
      {"inbox", SystemLabel::inbox}, {"sent", SystemLabel::sent}, {"drafts", SystemLabel::draft},
      {"trash", SystemLabel::trash}, {"spam", SystemLabel::spam}, {"chats", SystemLabel::chat}};
  for (const auto& [word, label] : kFolders) {
    if (folder == word) {
      return {key_of(label)};
    }
  }
  if (folder.empty() || folder == "archive") {
    return {};
  }
  return {ensure_label(folder)};
}

const Message* Mailbox::message(std::uint64_t id) const {
  const auto found = messages_.find(id);
  return found == messages_.end() ? nullptr : found->second.get();
}

std::span<Message* const> Mailbox::thread(std::uint64_t id) const {
  const auto found = threads_.find(id);
  return found == threads_.end() ? std::span<Message* const>() : std::span<Message* const>(found->second);
}

std::span<Message* const> Mailbox::ordered(std::optional<Position> after) const {
  const std::span<Message* const> all(order_);
  if (!after) {
    return all;
  }
  const auto start = std::partition_point(order_.begin(), order_.end(), [&](const Message* message) {
    return message->internal_date != after->date ? message->internal_date > after->date : message->id >= after->id;
  });
  return all.subspan(static_cast<std::size_t>(start - order_.begin()));
}

const Message& Mailbox::add(NewMessage parts) {
  Message& message = insert(std::move(parts));
  order_.insert(std::lower_bound(order_.begin(), order_.end(), &message, comes_before), &message);
  message.history_id = next_history_id();
  HistoryRecord entry;
  entry.message = message.id;
  entry.thread = message.thread_id;
  entry.added = true;
  entry.labels = label_ids(message);
  record(std::move(entry));
  return message;
}

void Mailbox::drop_from_order(const Message& message) {
  const auto at = std::lower_bound(order_.begin(), order_.end(), &message, comes_before);
  order_.erase(at);
  auto& thread = threads_[message.thread_id];
  thread.erase(std::find(thread.begin(), thread.end(), &message));
  if (thread.empty()) {
    threads_.erase(message.thread_id);
  }
}

void Mailbox::remove(std::uint64_t id) {
  const auto found = messages_.find(id);
  if (found == messages_.end()) {
    return;
  }
  const Message& message = *found->second;
  HistoryRecord entry;
  entry.message = message.id;
  entry.thread = message.thread_id;
  entry.deleted = true;
  entry.labels = label_ids(message);
  drop_from_order(message);
  messages_.erase(found);
  if (const Draft* draft = draft_of(id)) {
    forget_draft(std::string(draft->id));
  }
  next_history_id();
  record(std::move(entry));
}

void Mailbox::change_labels(std::uint64_t id, std::span<const LabelKey> add, std::span<const LabelKey> remove) {
  const auto found = messages_.find(id);
  if (found == messages_.end()) {
    return;
  }
  Message& message = *found->second;
  const auto before = message.labels;
  for (const LabelKey key : remove) {
    message.labels.erase(std::remove(message.labels.begin(), message.labels.end(), key), message.labels.end());
  }
  constexpr LabelKey kPlaces[] = {key_of(SystemLabel::inbox), key_of(SystemLabel::spam), key_of(SystemLabel::trash)};
  for (const LabelKey key : add) {
    const bool is_place = std::find(std::begin(kPlaces), std::end(kPlaces), key) != std::end(kPlaces);
    for (const LabelKey place : kPlaces) {
      if (is_place && place != key) {
        message.labels.erase(std::remove(message.labels.begin(), message.labels.end(), place), message.labels.end());
      }
    }
    insert_sorted(message.labels, key);
  }
  HistoryRecord entry;
  const auto collect = [&](const std::vector<LabelKey>& from, const std::vector<LabelKey>& without,
                           std::vector<std::string>& into) {
    for (const LabelKey key : from) {
      if (!std::binary_search(without.begin(), without.end(), key)) {
        into.push_back(labels_.at(key).id);
      }
    }
  };
  collect(message.labels, before, entry.labels_added);
  collect(before, message.labels, entry.labels_removed);
  if (entry.labels_added.empty() && entry.labels_removed.empty()) {
    return;
  }
  message.history_id = next_history_id();
  entry.message = id;
  entry.thread = message.thread_id;
  entry.labels = label_ids(message);
  record(std::move(entry));
}

Label& Mailbox::create_label(std::string_view name) {
  next_history_id();
  return labels_.create(name);
}

Label& Mailbox::edit_label(LabelKey key) {
  next_history_id();
  return labels_.edit(key);
}

void Mailbox::rename_label(LabelKey key, std::string_view name) {
  next_history_id();
  labels_.rename(key, name);
}

void Mailbox::delete_label(LabelKey key) {
  // No history: Gmail tells of deleted labels through labels.list alone.
  for (Message* message : order_) {
    message->labels.erase(std::remove(message->labels.begin(), message->labels.end(), key), message->labels.end());
  }
  next_history_id();
  labels_.erase(key);
}

LabelKey Mailbox::ensure_label(std::string_view name) {
  if (const Label* label = labels_.by_name(name)) {
    return label->key;
  }
  labels_.check_name(name);
  return labels_.create(name).key;
}

std::uint64_t Mailbox::thread_by_references(const HeaderList& headers) const {
  auto ids = ancestors(headers);
  if (ids.empty()) {
    return 0;
  }
  std::sort(ids.begin(), ids.end());
  const auto subject = subject_of(headers);
  for (const Message* candidate : order_) {
    if (!candidate->message_id.empty() && std::binary_search(ids.begin(), ids.end(), candidate->message_id) &&
        mime::base_subject(candidate->header_facts().subject) == subject) {
      return candidate->thread_id;
    }
  }
  return 0;
}

bool Mailbox::joins_thread(std::uint64_t id, const HeaderList& headers) const {
  const auto ids = ancestors(headers);
  const auto subject = subject_of(headers);
  bool referred = false;
  bool same_subject = false;
  for (const Message* message : thread(id)) {
    referred = referred || std::find(ids.begin(), ids.end(), message->message_id) != ids.end();
    same_subject = same_subject || mime::base_subject(message->header_facts().subject) == subject;
  }
  return referred && same_subject;
}

std::string id_text(std::uint64_t id) {
  char buffer[17];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, id, 16).ptr;
  return {buffer, end};
}

std::optional<std::uint64_t> parse_id(std::string_view text) {
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id, 16);
  const bool whole = error == std::errc() && end == text.data() + text.size() && !text.empty() && text.size() <= 16;
  return whole ? std::optional(id) : std::nullopt;
}

}  // namespace mailmgr::sandbox::gmail
