// Addresses as mail writes them (RFC 5322 §3.4), read without recursion in one pass. Private to this room; the public
// parse_addresses of compose.h is the strict reading.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/mail/message.h"

namespace mailmgr::mail {

// One entry of an address list, taken apart but not judged.
struct AddressToken {
  std::string phrase;   // words before <>, quotes and comments removed
  std::string angle;    // what stood between < and >
  std::string comment;  // the last (comment)
  std::string source;   // as written
  std::string problem;  // why a strict reader refuses it; empty if it need not
  bool has_angle = false;
};

// Splits at commas; groups (RFC 5322 "name: a, b;") give their members. At most `max_entries` are read.
std::vector<AddressToken> tokenize_addresses(std::string_view text, std::size_t max_entries);

// The tolerant reading, for headers of received mail: RFC 2047 names decoded, routes dropped, nothing refused.
std::vector<Address> read_addresses(std::string_view value, std::size_t max_entries);

// Why an address cannot be sent to; nullopt if it can. ASCII only: mailmgr does not guess at punycode or SMTPUTF8.
std::optional<std::string> problem_with_email(std::string_view email);

}  // namespace mailmgr::mail
