// Many messages at once: asked about, so that a slip does not reach a whole mailbox or everybody in a list.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "core/base/result.h"

namespace CLI {
class App;
}

namespace mailmgr {

class App;

class MassGuard {
 public:
  void attach(CLI::App& cli);  // --max
  // Goes on with at most 100 messages, at most --max of them, or after a yes. usage: more than --max, nobody to ask,
  // or a no. `what` begins the question: "send".
  Status check(App& app, std::size_t messages, std::string_view account, std::string_view what,
               std::string_view command) const;
  // Whether check() asks about so many; else a command that must ask does so itself.
  bool asks(std::size_t messages) const;

 private:
  std::optional<std::size_t> max_;
};

}  // namespace mailmgr
