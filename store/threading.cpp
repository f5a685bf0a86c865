#include "store/threading.h"

#include <string>
#include <string_view>
#include <vector>

#include "core/mail/subject.h"
#include "store/fold.h"

namespace mailmgr::store {
namespace {

constexpr std::size_t kMostReferences = 50;  // looked up, the nearest first

ThreadId by_reference(std::string_view message_id) {
  return ThreadId(std::string(kOwnThread) + std::string(message_id));
}

}  // namespace

ThreadId infer_thread(Database& db, AccountId account, const ParsedMessage& message) {
  auto chain = message.references;
  if (!message.in_reply_to.empty()) chain.push_back(message.in_reply_to);
  std::erase(chain, message.message_id);

  auto near = chain.rbegin();
  for (std::size_t i = 0; i < kMostReferences && near != chain.rend(); ++i, ++near) {
    auto answered = db.sql(
        "SELECT thread FROM message WHERE message_id = ? AND account = ? AND stored > 0 AND thread <> '' LIMIT 1");
    if (answered.bind(BorrowedText{*near}, account).step()) return ThreadId(answered.text(0));
  }
  if (!chain.empty()) return by_reference(chain.front());

  // An answer may have come before.
  if (!message.message_id.empty()) {
    const auto own = by_reference(message.message_id);
    auto answers = db.sql("SELECT 1 FROM message WHERE thread = ? AND account = ? AND stored > 0 LIMIT 1");
    if (answers.bind(own, account).step()) return own;
  }
  const auto topic = fold_case(topic_of(message.subject));
  return topic.empty() ? ThreadId() : ThreadId(std::string(kOwnThread) + topic);
}

}  // namespace mailmgr::store
