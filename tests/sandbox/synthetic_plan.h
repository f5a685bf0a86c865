// What a made-up message is about, before any text is written: its place in a thread, who wrote it, when, where it
// lies. Everything follows from (seed, index), so that one message can be made without the others.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/sandbox/synthetic.h"

namespace mailmgr::sandbox {

enum class MailKind { conversation, mailing_list, newsletter, spam };

struct Sketch {
  std::uint64_t thread = 0;
  std::vector<std::uint64_t> earlier;  // indices of the thread's messages before this one, oldest first
  MailKind kind = MailKind::conversation;
  Time date{};
  std::string folder;
  bool mine = false;  // written by the mailbox's owner
  bool draft = false;
  bool unread = false;
  bool starred = false;
  bool large = false;  // 1 to 8 MB
  std::vector<std::string> labels;
};

class SyntheticPlan {
 public:
  explicit SyntheticPlan(const SyntheticOptions& options);

  Sketch sketch(std::uint64_t index) const;
  // With <>.
  std::string message_id(std::uint64_t index) const;

  std::uint64_t seed() const { return seed_; }  // of this mailbox
  const std::string& email() const { return email_; }

 private:
  Time date(std::uint64_t index) const;

  std::uint64_t seed_;
  std::uint64_t count_;
  std::string email_;
  Time newest_;
};

// One whole message; `plan` decides, the words come from `vocabulary`.
class Vocabulary;
std::string synthetic_message(const SyntheticPlan& plan, const Vocabulary& vocabulary, std::uint64_t index);

}  // namespace mailmgr::sandbox
