// Raw bytes → ParsedMessage. Any bytes give a message: damaged mail is parsed as far as it goes and says so in
// `damage`.
#pragma once

#include <functional>
#include <string_view>

#include "core/base/blob.h"
#include "core/base/result.h"
#include "core/mail/message.h"

namespace mailmgr {

// Never fails on hostile input; an error means the blob itself could not be read. Safe from several threads.
Result<ParsedMessage> parse_message(const Blob& raw, const ParseLimits& limits = {});

// Stands for parse_message with some limits, for those that are not to depend on how mail is parsed.
using MessageParser = std::function<Result<ParsedMessage>(const Blob& raw)>;

// The decoded content of one part (numbering as in Attachment::part) in pieces; Code::not_found for an unknown part.
Status read_part(const Blob& raw, std::string_view part, const std::function<bool(std::string_view)>& sink);

}  // namespace mailmgr
