#include "core/mail/reply_people.h"

#include <algorithm>

#include "core/base/encoding.h"
#include "core/mail/address.h"
#include "core/mail/reply.h"
#include "core/mail/writable_text.h"

namespace mailmgr::mail {
namespace {

constexpr std::size_t kLongestPersonName = 500;
constexpr std::size_t kMaxDeliveries = 100;

bool is_one_of_own(std::string_view email, const std::vector<std::string>& own) {
  return std::any_of(own.begin(), own.end(), [&](const auto& address) { return is_mailbox_of(email, address); });
}

bool all_own(const std::vector<Address>& addresses, const std::vector<std::string>& own) {
  return std::all_of(addresses.begin(), addresses.end(),
                     [&](const auto& address) { return is_one_of_own(address.email, own); });
}

// Fills the lists of a reply, each person once.
class PeopleCollector {
 public:
  explicit PeopleCollector(const std::vector<std::string>& own) : own_(own) {}

  void add(std::vector<Address>& list, const std::vector<Address>& addresses, bool own_too = false) {
    for (auto address : addresses) {
      make_writable(address.name);
      make_writable(address.email);
      address.name = cut_at_character(address.name, kLongestPersonName);
      if (address.email.empty() || (!own_too && is_one_of_own(address.email, own_)) || is_there(address)) continue;
      const bool usable = !problem_with_email(address.email);
      (usable ? list : people_.left_out).push_back(std::move(address));
    }
  }

  ReplyPeople& people() { return people_; }

 private:
  bool is_there(const Address& address) const {
    const auto holds = [&](const std::vector<Address>& list) {
      return std::any_of(list.begin(), list.end(),
                         [&](const auto& known) { return is_same_address(known.email, address.email); });
    };
    return holds(people_.to) || holds(people_.cc) || holds(people_.left_out);
  }

  const std::vector<std::string>& own_;
  ReplyPeople people_;
};

// The first identity that `list` names: by its very address, else by a "+tag" of it.
std::optional<std::size_t> identity_in(const std::vector<Address>& list, std::span<const Address> identities) {
  for (const auto matches : {is_same_address, is_mailbox_of}) {
    for (const auto& address : list) {
      for (std::size_t i = 0; i < identities.size(); ++i) {
        if (matches(address.email, identities[i].email)) return i;
      }
    }
  }
  return std::nullopt;
}

}  // namespace

bool is_same_address(std::string_view a, std::string_view b) {
  return !a.empty() && equals_ignoring_ascii_case(a, b);
}

bool is_mailbox_of(std::string_view candidate, std::string_view own) {
  if (is_same_address(candidate, own)) return true;
  const auto at = candidate.rfind('@');
  const auto plus = candidate.substr(0, at).find('+');
  if (at == std::string_view::npos || plus == std::string_view::npos || plus == 0) return false;
  return is_same_address(std::string(candidate.substr(0, plus)) + std::string(candidate.substr(at)), own);
}

bool is_own_message(const ParsedMessage& original, const std::vector<std::string>& own) {
  return !original.from.empty() && all_own(original.from, own) && all_own(original.reply_to, own);
}

ReplyPeople people_of_reply(const ParsedMessage& original, const std::vector<std::string>& own, bool all) {
  PeopleCollector collector(own);
  auto& people = collector.people();
  const bool mine = is_own_message(original, own);
  if (mine) {
    collector.add(people.to, original.to);
  } else {
    collector.add(people.to, original.reply_to);
    if (people.to.empty()) collector.add(people.to, original.from);
  }
  if (all && !mine) collector.add(people.cc, original.to);
  if (all) collector.add(people.cc, original.cc);
  // To others whom the message reached in some other way, then to oneself.
  if (people.to.empty()) people.to.swap(people.cc);
  if (people.to.empty() && mine) collector.add(people.to, original.cc);
  if (people.to.empty() && people.left_out.empty()) collector.add(people.to, original.from, true);
  return std::move(people);
}

}  // namespace mailmgr::mail

std::optional<std::size_t> mailmgr::choose_identity(const ParsedMessage& original,
                                                    std::span<const Address> identities) {
  std::vector<std::string> own;
  for (const auto& identity : identities) own.push_back(identity.email);
  if (mail::is_own_message(original, own)) return mail::identity_in(original.from, identities);
  for (const auto* list : {&original.to, &original.cc}) {
    if (const auto found = mail::identity_in(*list, identities)) return found;
  }
  std::vector<Address> delivered;
  for (const auto& [name, value] : original.headers) {
    if (!equals_ignoring_ascii_case(name, "delivered-to") && !equals_ignoring_ascii_case(name, "x-original-to"))
      continue;
    for (auto& address : mail::read_addresses(value, mail::kMaxDeliveries)) delivered.push_back(std::move(address));
  }
  return mail::identity_in(delivered, identities);
}
