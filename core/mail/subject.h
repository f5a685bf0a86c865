// Subjects of answers: what stands before them, and what a conversation is about.
#pragma once

#include <string>
#include <string_view>

namespace mailmgr {

// One "Re: " ("Fwd: ") before the subject, whatever "RE:", "Aw:", "Sv:", "Antw:" ("FW:", "WG:") stand there already.
std::string reply_subject(std::string_view subject);
std::string forward_subject(std::string_view subject);
// The subject without the prefixes of replies: what a conversation is about.
std::string topic_of(std::string_view subject);

}  // namespace mailmgr
