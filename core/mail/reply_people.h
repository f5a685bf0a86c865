// Who gets an answer, and from whom it comes. Private to this room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/mail/message.h"

namespace mailmgr::mail {

// Case makes no difference.
bool is_same_address(std::string_view a, std::string_view b);

// … nor does a "+tag" at the end of what stands before '@' in `candidate`: it is the same mailbox at both providers.
bool is_mailbox_of(std::string_view candidate, std::string_view own);

struct ReplyPeople {
  std::vector<Address> to, cc;
  std::vector<Address> left_out;  // addresses that cannot be written to
};

ReplyPeople people_of_reply(const ParsedMessage& original, const std::vector<std::string>& own, bool all);

// Whether one of these addresses sent it. A form on a web page also writes in the name of its owner, with the visitor
// in Reply-To: that is not one's own message.
bool is_own_message(const ParsedMessage& original, const std::vector<std::string>& own);

}  // namespace mailmgr::mail
