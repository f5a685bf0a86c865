#include "core/flow/edit.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <set>
#include <thread>

#include "core/base/severity.h"
#include "core/flow/access.h"
#include "core/flow/bounded_queue.h"

namespace mailmgr {
namespace {

// What a commit waits for, and what it takes at most: few commits, and a person who watches sees it go on.
constexpr std::size_t kSavedAtLeast = 50;
constexpr std::size_t kSavedAtMost = 1000;
constexpr std::size_t kQueued = 8000;

// The position up to which the store knows the streams; what is being enumerated is not known to any.
std::vector<StreamCursor> known_position(const SyncPosition& position) {
  std::vector<StreamCursor> known;
  for (const auto& state : position.streams) {
    if (!state.enumerating && !state.cursor.value.empty()) known.push_back({state.stream, state.cursor});
  }
  return known;
}

// Whose fault it is that nothing more can be done.
bool ends_all(const Error& error) {
  const auto code = exit_class(error.code).code;
  return code != Code::not_found && code != Code::refused && code != Code::partial && code != Code::internal;
}

// What single failures come to together.
class Sum {
 public:
  void add(const Status& status) {
    if (status) {
      ++done_;
      return;
    }
    ++failed_;
    codes_.insert(exit_class(status.error().code).code);
    keep_worst(worst_, status.error());
  }

  Status total(std::string_view account) const {
    if (failed_ == 0) return {};
    auto error = *worst_;
    error.message = fmt::format("{} of {} messages were not changed: {}", failed_, failed_ + done_, worst_->message);
    error.account = account;
    const bool patience_alone = codes_.size() == 1 && codes_.contains(Code::try_later);
    if (patience_alone) error.hint = "what was done is kept: run the same command again";
    if (!patience_alone && done_ > 0) error.code = Code::partial;
    return error;
  }

 private:
  std::size_t done_ = 0, failed_ = 0;
  std::set<Code> codes_;
  std::optional<Error> worst_;
};

class Editing {
 public:
  Editing(const EditRequest& request, const EditWorld& world, const EditListener& listener)
      : request_(request), world_(world), listener_(listener) {}

  Status run(const Stop& stop) {
    if (auto planned = plan(); !planned) return planned;
    told_.assign(request_.targets.size(), false);
    for (const auto index : untouched_) tell(index, {}, true);
    for (const auto& [index, why] : settled_) tell(index, why, true);
    if (edits_.empty()) return sum_.total(request_.account.name);
    auto [asked, written] = work(stop);
    const Status& ended = written ? asked : written;
    if (!ended) {
      for (const auto index : planned_) {
        if (!told_[index]) tell(index, ended, false);
      }
      if (exit_class(ended.error().code).code != Code::try_later) {
        auto error = ended.error();
        error.account = request_.account.name;
        return error;
      }
    }
    return sum_.total(request_.account.name);
  }

 private:
  struct Answer {
    std::size_t index;  // of edits_
    Edited edited;
  };

  Status plan() {
    auto position = world_.store.position(request_.account.id);
    if (!position) return position.error();
    position_ = known_position(*position);
    const Places places{position->folders, request_.spec.files_by_label};
    // Read after the position: what a sync stored while a person was asked is behind it, and nobody would tell of it.
    auto now = read_again();
    if (!now) return now.error();
    for (std::size_t i = 0; i < request_.targets.size(); ++i) {
      const auto found = now->find(request_.targets[i].id);
      if (found == now->end()) {
        settled_.emplace_back(i, Error{Code::not_found, "it is not there any more", "mailmgr list"});
        continue;
      }
      auto chosen = plan_edit(request_.order, request_.targets[i], places);
      if (!chosen) return chosen.error();
      auto edit = plan_edit(request_.order, found->second, places);
      if (!edit) return edit.error();
      if (*chosen && *edit && (*chosen)->expected && (*chosen)->expected != (*edit)->expected) {
        settled_.emplace_back(i, Error{Code::partial, "it was moved by somebody else meanwhile: nothing was done to it",
                                       "look at it again, then repeat the command"});
        continue;
      }
      if (!*edit) {
        untouched_.push_back(i);
        continue;
      }
      edits_.push_back(**std::move(edit));
      planned_.push_back(i);
    }
    return {};
  }

  Result<std::map<MessageId, EditTarget>> read_again() {
    std::vector<MessageId> ids;
    for (const auto& target : request_.targets) ids.push_back(target.id);
    auto targets = world_.edits.targets(ids);
    if (!targets) return targets.error();
    std::map<MessageId, EditTarget> by_id;
    for (auto& target : *targets) by_id.emplace(target.id, std::move(target));
    return by_id;
  }

  // The provider is asked on a thread of its own, so that it and the disk wait less for each other.
  std::pair<Status, Status> work(const Stop& stop) {
    BoundedQueue<Answer> queue(kQueued);
    Status asked, written;
    {
      std::jthread network([&] {
        const auto sink = [&](std::size_t index, Edited edited) { return queue.push({index, std::move(edited)}, 1); };
        asked = world_.curator.apply(edits_, position_, sink, stop);
        queue.close();
      });
      for (;;) {
        auto answers = queue.pop(kSavedAtLeast, kSavedAtMost);
        if (answers.empty()) break;
        if (written) written = write(answers);
        if (!written) queue.close();  // the next push fails, which ends the rest
      }
    }
    return {asked, written};
  }

  Status write(std::span<Answer> answers) {
    std::vector<AppliedEdit> applied;
    for (auto& answer : answers) {
      applied.push_back({edits_[answer.index].id, std::move(answer.edited.marks), answer.edited.removed});
    }
    if (auto saved = world_.edits.apply(request_.account.id, applied); !saved) {
      auto error = saved.error().within("the mailbox was changed, but not what is stored here");
      error.hint = "mailmgr sync brings it up to date";
      return error;
    }
    for (const auto& answer : answers) {
      const bool alone = answer.edited.status || !ends_all(answer.edited.status.error());
      tell(planned_[answer.index], answer.edited.status, alone);
    }
    return {};
  }

  void tell(std::size_t index, const Status& status, bool alone) {
    told_[index] = true;
    sum_.add(status);
    if (listener_) listener_({request_.targets[index], status, alone});
  }

  const EditRequest& request_;
  const EditWorld& world_;
  const EditListener& listener_;
  std::vector<StreamCursor> position_;
  std::vector<Edit> edits_;
  std::vector<std::size_t> planned_;                    // by edit: the target
  std::vector<std::size_t> untouched_;                  // targets with which nothing is to be done
  std::vector<std::pair<std::size_t, Error>> settled_;  // with which nothing can be done
  std::vector<bool> told_;
  Sum sum_;
};

}  // namespace

Status may_edit(const EditRequest& request, std::string_view what) {
  if (request.account.state != AccountState::active) {
    return Error{Code::refused, fmt::format("{}: {} is not active", what, request.account.name),
                 fmt::format("mailmgr account show {}", request.account.name), std::nullopt, request.account.name};
  }
  if (auto allowed = check_access(request.account, request.grant.access, Permission::change, what); !allowed) {
    return allowed;
  }
  if (request.order.place != EditOrder::Place::destroy) return {};
  return check_scope(request.grant, request.spec, "permanent-delete", request.account);
}

Status edit_messages(const EditRequest& request, const EditWorld& world, const EditListener& listener,
                     const Stop& stop) {
  if (auto allowed = may_edit(request, "changing mail"); !allowed) return allowed;
  return Editing(request, world, listener).run(stop);
}

}  // namespace mailmgr
