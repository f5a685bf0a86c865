// How and when a written message leaves: the options that send, reply and forward share, and the sending itself.
#pragma once

#include <string>
#include <string_view>

#include "cmd/app.h"
#include "core/flow/send.h"

namespace mailmgr {

class DispatchOptions {
 public:
  // `command` begins errors: "send".
  explicit DispatchOptions(std::string_view command) : command_(command) {}
  void attach(CLI::App& cli);
  // Sends it, or leaves it to a flush, and prints what became of it. `thread`: where it is to be filed (Gmail).
  Status dispatch(App& app, const AccountRecord& account, Draft draft, const ThreadId& thread) const;

 private:
  Status read_due(App& app, SendRequest& request) const;
  Status print(App& app, const Sending& sending, const AccountRecord& account) const;
  std::string_view planned_state() const;

  std::string_view command_;
  std::string key_, at_;
  bool queue_ = false, dry_run_ = false;
};

}  // namespace mailmgr
