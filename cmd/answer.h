// The message that a reply or a forward is about.
#pragma once

#include <string>
#include <string_view>

#include "cmd/app.h"
#include "core/mail/reply.h"

namespace mailmgr {

struct AnsweredMessage {
  MessageRow row;
  AccountRecord account;
  Original original;
};

// By its id as people type it. usage: no id; not_found: no such message, or its content is not here; refused: a draft,
// to which there is nothing to answer.
Result<AnsweredMessage> answered_message(App& app, const std::string& id, std::string_view command);

}  // namespace mailmgr
