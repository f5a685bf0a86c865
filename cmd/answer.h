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

// `command` begins errors. not_found: no such message, or its content is not here.
Result<AnsweredMessage> stored_original(App& app, MessageId id, std::string_view command);

// By its id as people type it. usage: no id; not_found: no such message, or its content is not here; refused: a draft,
// to which there is nothing to answer.
Result<AnsweredMessage> answered_message(App& app, const std::string& id, std::string_view command);

// Gmail files an answer with its original only while the subject stays (Gmail API guide, "Managing threads"), and
// knows the thread only in the original's own mailbox: empty for another subject or sending account.
ThreadId thread_of_answer(const AnsweredMessage& answered, const AccountRecord& sending, std::string_view subject);

}  // namespace mailmgr
