#include "core/flow/mailbox_size.h"

namespace mailmgr {

Result<std::uint64_t> count_messages(Mailbox& mailbox, const Stop& stop) {
  const auto profile = mailbox.profile(stop);
  if (!profile) return profile.error();
  if (profile->messages) return *profile->messages;
  const auto now = mailbox.refresh({}, stop);
  if (!now) return now.error();
  std::uint64_t count = 0;
  for (const auto& folder : now->folders.folders) count += folder.total.value_or(0);
  return count;
}

}  // namespace mailmgr
