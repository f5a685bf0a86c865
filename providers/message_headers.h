// A look into the header block of a message we sent, for recognising it again. Not a MIME parser: values stay as they
// are written, unfolded.
#pragma once

#include <string>
#include <string_view>

#include "core/base/blob.h"
#include "core/base/result.h"
#include "core/base/url.h"
#include "core/mail/delivery_report.h"  // kMarkerHeader

namespace mailmgr {

// Name and value of every header field (RFC 5322 §2.2), at most the first 64 KiB of the message.
Result<QueryParams> message_headers(const Blob& mime);

// The first field of that name (case-insensitive), without white space at its ends; empty if absent.
std::string_view header_in(const QueryParams& headers, std::string_view name);

}  // namespace mailmgr
