// Outlook's rules of the inbox and its automatic replies as JSON, and ours. As microsoft_wire.h: what cannot be used is
// dropped, but what a rule holds beyond our words is kept (MailFilter::other). Documents: Graph v1.0 "messageRule",
// "messageRulePredicates", "messageRuleActions", "sizeRange", "automaticRepliesSetting".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/ports/mailbox_settings.h"

namespace mailmgr::microsoft {

struct RuleList {
  std::vector<MailFilter> rules;
  std::string next_link;
};
Result<RuleList> read_rules(std::string_view body);
Result<MailFilter> read_rule(std::string_view body);
// `archive`: the id of the folder that FilterActions::archive moves to, where it is asked for.
std::string write_rule(const MailFilter& filter, const std::string& archive);

// The text that a rule looks for, of a value of --has: a word, or a "phrase". refused for what only a search could
// answer; `word` is the option.
Result<std::string> rule_text(const std::string& value, std::string_view word);

Result<std::string> read_folder_id(std::string_view body);

// Of mailboxSettings.
Result<Vacation> read_replies(std::string_view body);
std::string write_replies(const Vacation& vacation);

}  // namespace mailmgr::microsoft
