#include "tests/sandbox/gmail/labels.h"

#include <algorithm>
#include <array>

#include "core/base/encoding.h"
#include "tests/sandbox/gmail/errors.h"

namespace mailmgr::sandbox::gmail {
namespace {

constexpr std::size_t kMaxLabels = 10'000;
constexpr std::size_t kMaxName = 225;

// The allowed values of LabelColor.textColor and backgroundColor.
constexpr std::string_view kColors =
    "000000 434343 666666 999999 cccccc efefef f3f3f3 ffffff fb4c2f ffad47 fad165 16a766 43d692 4a86e8 a479e2 f691b3 "
    "f6c5be ffe6c7 fef1d1 b9e4d0 c6f3de c9daf8 e4d7f5 fcdee8 efa093 ffd6a2 fce8b3 89d3b2 a0eac9 a4c2f4 d0bcf1 fbc8d9 "
    "e66550 ffbc6b fcda83 44b984 68dfa9 6d9eeb b694e8 f7a7c0 cc3a21 eaa041 f2c960 149e60 3dc789 3c78d8 8e63ce e07798 "
    "ac2b16 cf8933 d5ae49 0b804b 2a9c68 285bac 653e9b b65775 822111 a46a21 aa8831 076239 1a764d 1c4587 41236d 83334c "
    "464646 e7e7e7 0d3472 b6cff5 0d3b44 98d7e4 3d188e e3d7ff 711a36 fbd3e0 8a1c0a f2b2a8 7a2e0b ffc8af 7a4706 ffdeb5 "
    "594c05 fbe983 684e07 fdedc1 0b4f30 b3efd3 04502e a2dcc1 c2c2c2 4986e7 2da2bb b99aff 994a64 f691b2 ff7537 ffad46 "
    "662e37 ebdbde cca6ac 094228 42d692 16a765 757575 1e53b8 007286 7858c3 c2185b d93025 54240e 633e04 521d28 202124 "
    "083018";

// Names that Gmail keeps for itself besides those of its labels.
constexpr std::array<std::string_view, 14> kReserved = {"all mail", "allmail", "archive", "archived", "bin",
                                                        "chats",    "draft",   "drafts",  "muted",    "sent mail",
                                                        "sentmail", "snoozed", "starred", "todo"};

std::string conflict_key(std::string_view name) {
  return to_lower_ascii(name);
}

}  // namespace

LabelSet::LabelSet() {
  // In the order of SystemLabel.
  add_system("CHAT", "hide", "labelHide");
  add_system("SENT", "", "");
  add_system("INBOX", "", "");
  add_system("IMPORTANT", "hide", "labelHide");
  add_system("TRASH", "hide", "labelHide");
  add_system("DRAFT", "", "");
  add_system("SPAM", "hide", "labelHide");
  add_system("STARRED", "", "");
  add_system("UNREAD", "", "");
  for (const auto* category : {"FORUMS", "UPDATES", "PERSONAL", "PROMOTIONS", "SOCIAL"}) {
    add_system(std::string("CATEGORY_") + category, "hide", "labelHide");
  }
}

void LabelSet::add_system(std::string_view id, std::string_view message_list, std::string_view label_list) {
  Label label;
  label.key = static_cast<LabelKey>(labels_.size());
  label.id = id;
  label.name = id;
  label.system = true;
  label.message_list_visibility = message_list;
  label.label_list_visibility = label_list;
  by_id_[label.id] = label.key;
  by_conflict_key_[conflict_key(id)] = label.key;
  labels_.emplace_back(std::move(label));
}

const Label* LabelSet::by_id(std::string_view id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &*labels_[found->second];
}

const Label* LabelSet::by_name(std::string_view name) const {
  const auto found = by_conflict_key_.find(conflict_key(name));
  const Label* label = found == by_conflict_key_.end() ? nullptr : &*labels_[found->second];
  return label && !label->system && label->name == name ? label : nullptr;
}

std::vector<const Label*> LabelSet::all() const {
  std::vector<const Label*> labels;
  for (const auto& label : labels_) {
    if (label) {
      labels.push_back(&*label);
    }
  }
  return labels;
}

void LabelSet::check_name(std::string_view name, std::optional<LabelKey> renaming) const {
  const auto key = conflict_key(name);
  const bool reserved = std::find(kReserved.begin(), kReserved.end(), key) != kReserved.end();
  const bool malformed = name.empty() || name.size() > kMaxName || !is_valid_utf8(name) || name.front() == ' ' ||
                         name.back() == ' ' || name.front() == '/' || name.back() == '/' ||
                         name.find("//") != std::string_view::npos || name.find('\n') != std::string_view::npos;
  const auto found = by_conflict_key_.find(key);
  if (found != by_conflict_key_.end() && labels_[found->second]->system) {
    throw invalid_argument("Invalid label name");
  }
  if (reserved || malformed) {
    throw invalid_argument("Invalid label name");
  }
  if (found != by_conflict_key_.end() && found->second != renaming) {
    throw conflict("Label name exists or conflicts");
  }
  if (!renaming && by_id_.size() >= kMaxLabels) {
    throw invalid_argument("Max number of labels exceeded");
  }
}

Label& LabelSet::create(std::string_view name) {
  Label label;
  label.key = static_cast<LabelKey>(labels_.size());
  label.id = "Label_" + std::to_string(next_number_++);
  label.name = name;
  by_id_[label.id] = label.key;
  by_conflict_key_[conflict_key(name)] = label.key;
  labels_.emplace_back(std::move(label));
  return *labels_.back();
}

void LabelSet::rename(LabelKey key, std::string_view name) {
  Label& label = *labels_.at(key);
  by_conflict_key_.erase(conflict_key(label.name));
  label.name = name;
  by_conflict_key_[conflict_key(name)] = key;
}

void LabelSet::erase(LabelKey key) {
  by_id_.erase(labels_.at(key)->id);
  by_conflict_key_.erase(conflict_key(labels_[key]->name));
  labels_[key].reset();
}

bool is_settable(const Label& label) {
  return label.key != key_of(SystemLabel::sent) && label.key != key_of(SystemLabel::draft) &&
         label.key != key_of(SystemLabel::chat);
}

std::string search_name(std::string_view name) {
  std::string out = to_lower_ascii(name);
  std::replace(out.begin(), out.end(), ' ', '-');
  std::replace(out.begin(), out.end(), '/', '-');
  return out;
}

bool is_allowed_color(std::string_view color) {
  if (color.size() != 7 || color.front() != '#') {
    return false;
  }
  const auto at = kColors.find(to_lower_ascii(color.substr(1)));
  return at != std::string_view::npos && at % 7 == 0;
}

}  // namespace mailmgr::sandbox::gmail
