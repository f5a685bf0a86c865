// The labels of one mailbox. Messages refer to labels by a small key that is never reused, so that 100,000 messages
// with their labels stay small.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailmgr::sandbox::gmail {

using LabelKey = std::uint16_t;

// The system labels that rules ask for; their keys are fixed.
enum class SystemLabel : LabelKey { chat, sent, inbox, important, trash, draft, spam, starred, unread, count_of_named };

constexpr LabelKey key_of(SystemLabel label) {
  return static_cast<LabelKey>(label);
}

struct Label {
  LabelKey key = 0;
  std::string id;    // "INBOX", "Label_3"
  std::string name;  // of a system label its id
  bool system = false;
  std::string message_list_visibility;  // empty: not set
  std::string label_list_visibility;
  std::string text_color;  // both or none
  std::string background_color;
};

class LabelSet {
 public:
  LabelSet();

  const Label* by_id(std::string_view id) const;
  // A user label of exactly that name.
  const Label* by_name(std::string_view name) const;
  const Label& at(LabelKey key) const { return *labels_.at(key); }
  // System labels first, then the user's in order of creation.
  std::vector<const Label*> all() const;

  // Throws ApiError: 409 for a name that exists or conflicts, 400 for one that is reserved or malformed.
  void check_name(std::string_view name, std::optional<LabelKey> renaming = std::nullopt) const;
  Label& create(std::string_view name);  // checked before
  Label& edit(LabelKey key) { return *labels_.at(key); }
  void rename(LabelKey key, std::string_view name);  // checked before
  void erase(LabelKey key);

 private:
  void add_system(std::string_view id, std::string_view message_list, std::string_view label_list);

  std::vector<std::optional<Label>> labels_;  // by key
  std::map<std::string, LabelKey, std::less<>> by_id_;
  std::map<std::string, LabelKey, std::less<>> by_conflict_key_;
  unsigned next_number_ = 1;
};

// May messages.modify add or remove it? SENT, DRAFT and CHAT may not.
bool is_settable(const Label& label);
// A label's name as the search operators label: and in: spell it: lower case, spaces and slashes as dashes.
std::string search_name(std::string_view name);
// Is it one of the colours that the labels resource allows ("#fb4c2f")?
bool is_allowed_color(std::string_view color);

}  // namespace mailmgr::sandbox::gmail
