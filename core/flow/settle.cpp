// The part of an enumeration that finds out what became of messages which left a stream and were not seen in another.
#include <mutex>

#include "core/flow/enumerate.h"

namespace mailmgr {
namespace {

constexpr std::size_t kDepartedPerStep = 100;

struct Looks {
  std::vector<std::pair<RemoteId, Fetched>> found;
  std::vector<RemoteId> gone;
  std::vector<std::pair<RemoteId, Error>> failed;
};

}  // namespace

Status Enumeration::settle(const Stop& stop) {
  for (;;) {
    auto more = settle_some(stop);
    if (!more) return more.error();
    if (!*more) return {};
  }
}

// False when nothing is left that could be settled now.
Result<bool> Enumeration::settle_some(const Stop& stop) {
  auto departed = world_.store.next_departed(request_.account, kDepartedPerStep + unsettled_.size());
  if (!departed) return departed.error();
  std::erase_if(*departed, [&](const RemoteId& id) { return unsettled_.contains(id); });
  if (departed->empty()) return false;

  std::mutex mutex;
  Looks answers;
  const auto sink = [&](const RemoteId& id, Result<Fetched> answer) {
    const std::lock_guard lock(mutex);
    if (answer) {
      answers.found.emplace_back(id, *std::move(answer));
    } else if (answer.error().code == Code::gone) {
      answers.gone.push_back(id);
    } else {
      answers.failed.emplace_back(id, answer.error());
    }
    return true;
  };
  const auto looked_up = world_.mailbox.fetch(*departed, Want::marks, sink, stop);

  // In a folder that the provider does not list (for what may still be recovered), or in one that was just made?
  const auto hidden = [&](const Fetched& fetched) { return fetched.marks.folder && !is_known(*fetched.marks.folder); };
  if (std::any_of(answers.found.begin(), answers.found.end(), [&](const auto& f) { return hidden(f.second); })) {
    if (auto looked = look_at_folders(stop); !looked) return looked.error();
    if (auto begun = begin_streams(false, stop); !begun) return begun.error();
  }
  std::vector<std::pair<RemoteId, MarksPatch>> found;
  std::vector<RemoteId> left_out;
  for (auto& [id, fetched] : answers.found) {
    if (hidden(fetched)) {
      answers.gone.push_back(id);
      continue;
    }
    if (scope_.leaves_out(fetched.marks, fetched.received)) left_out.push_back(id);
    found.emplace_back(id, std::move(fetched.marks));
  }
  auto settled = world_.store.settle_departed(request_.account, found, answers.gone);
  if (!settled) return settled.error();
  count(*settled);
  if (!left_out.empty()) {
    if (auto done = world_.store.leave_out(request_.account, left_out); !done) return done.error();
  }
  // What cannot be looked up does not hold up the rest; the next run tries again.
  for (auto& [id, error] : answers.failed) {
    unsettled_.insert(id);
    if (!trouble_) trouble_ = std::move(error);
  }
  if (!looked_up) return looked_up.error();
  return true;
}

}  // namespace mailmgr
