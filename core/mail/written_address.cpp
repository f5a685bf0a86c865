#include <algorithm>

#include "core/base/encoding.h"
#include "core/mail/address.h"
#include "core/mail/compose.h"
#include "core/mail/header_writer.h"

namespace mailmgr {
namespace {

using namespace mail;

constexpr std::size_t kMaxRecipients = 2000;

}  // namespace

Result<std::vector<Address>> parse_addresses(std::string_view text) {
  const auto fail = [](std::string_view part, std::string_view why) {
    return Error{Code::usage, "reading the address '" + to_valid_utf8(part) + "': " + std::string(why),
                 "write ada@example.org or \"Ada Lovelace\" <ada@example.org>, several with commas between them"};
  };
  if (!is_valid_utf8(text)) return fail(text.substr(0, 80), "it is not valid UTF-8");
  std::vector<Address> addresses;
  for (auto& token : tokenize_addresses(text, kMaxRecipients + 1)) {
    if (!token.problem.empty()) return fail(token.source, token.problem);
    Address address;
    address.email = token.has_angle ? token.angle : token.phrase;
    address.name = token.has_angle ? token.phrase : token.comment;
    if (const auto problem = problem_with_email(address.email)) return fail(token.source, *problem);
    addresses.push_back(std::move(address));
  }
  if (addresses.empty()) return fail(text.substr(0, 80), "there is no address in it");
  if (addresses.size() > kMaxRecipients) return fail(addresses.back().email, "more than 2000 addresses");
  return addresses;
}

std::string to_string(const Address& address) {
  if (address.name.empty()) return address.email;
  const auto name = needs_quotes(address.name) ? quoted(address.name) : address.name;
  return address.email.empty() ? name : name + " <" + address.email + ">";
}

std::string to_string(const std::vector<Address>& addresses) {
  std::string text;
  for (const auto& address : addresses) text += (text.empty() ? "" : ", ") + to_string(address);
  return text;
}

std::string make_message_id(std::string_view random_bytes, std::string_view email) {
  const auto at = email.rfind('@');
  const auto domain = at == std::string_view::npos ? std::string_view() : email.substr(at + 1);
  const bool usable = !domain.empty() && !problem_with_email("x@" + std::string(domain));
  return "<" + hex(random_bytes) + "@" + (usable ? std::string(domain) : "localhost") + ">";
}

}  // namespace mailmgr
