#include "store/people.h"

#include <algorithm>

#include "store/fold.h"

namespace mailmgr::store {
namespace {

// A mail may claim any number of recipients; beyond this they are in the raw message only.
constexpr std::size_t kMaxPeople = 4000;
constexpr std::size_t kMaxRemembered = 20'000;  // some megabytes

std::string without_brackets(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '<' || c == '>'; }, ' ');
  return text;
}

}  // namespace

std::string encode_people(const std::vector<PersonRef>& people) {
  std::string bytes;
  for (const auto& [kind, id] : people) {
    bytes.push_back(static_cast<char>(kind));
    auto rest = static_cast<std::uint64_t>(id);
    for (; rest >= 0x80; rest >>= 7) bytes.push_back(static_cast<char>(0x80U | (rest & 0x7FU)));
    bytes.push_back(static_cast<char>(rest));
  }
  return bytes;
}

std::vector<PersonRef> decode_people(std::string_view bytes) {
  std::vector<PersonRef> people;
  for (std::size_t i = 0; i + 1 < bytes.size();) {
    const auto kind = static_cast<std::uint8_t>(bytes[i++]);
    if (kind > static_cast<std::uint8_t>(PersonKind::list)) break;
    std::uint64_t id = 0;
    bool ended = false;
    for (unsigned shift = 0; !ended && i < bytes.size() && shift < 63; shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes[i++]);
      id |= std::uint64_t{byte & 0x7FU} << shift;
      ended = byte < 0x80;
    }
    if (!ended) break;
    people.emplace_back(static_cast<PersonKind>(kind), static_cast<std::int64_t>(id));
  }
  return people;
}

// An accent in an address makes it another's, so there it stays.
std::string folded_person(const Address& person) {
  return without_brackets(without_accents(fold_case(person.name))) + " <" + without_brackets(fold_case(person.email)) +
         ">";
}

std::vector<PersonRef> People::intern(const ParsedMessage& message) {
  std::vector<PersonRef> people;
  const auto add = [&](PersonKind kind, const std::vector<Address>& addresses) {
    for (const auto& address : addresses) {
      if (people.size() >= kMaxPeople) return;
      people.emplace_back(kind, intern(address));
    }
  };
  if (!message.list_id.empty()) add(PersonKind::list, {{"", message.list_id}});
  add(PersonKind::from, message.from);
  add(PersonKind::to, message.to);
  add(PersonKind::cc, message.cc);
  add(PersonKind::bcc, message.bcc);
  return people;
}

std::int64_t People::intern(const Address& person) {
  const std::string key = person.email + '\0' + person.name;
  if (const auto known = ids_.find(key); known != ids_.end()) return known->second;
  if (ids_.size() >= kMaxRemembered) ids_.clear();
  auto found = db_.sql("SELECT id FROM address WHERE email = ? AND name = ?");
  std::int64_t id = 0;
  if (found.bind(person.email, person.name).step()) {
    id = found.integer(0);
  } else {
    db_.sql("INSERT INTO address (email, name, folded) VALUES (?, ?, ?)")
        .bind(person.email, person.name, folded_person(person))
        .run();
    id = db_.last_id();
  }
  ids_.emplace(key, id);
  return id;
}

void People::link(std::int64_t message, std::int64_t received, const std::vector<PersonRef>& people) {
  // The same person may be named twice in one header.
  auto insert = db_.sql("INSERT OR IGNORE INTO participant (address, kind, message, received) VALUES (?, ?, ?, ?)");
  for (const auto& [kind, id] : people) insert.bind(id, static_cast<int>(kind), message, received).run();
}

void People::unlink(std::int64_t message, const std::vector<PersonRef>& people) {
  auto remove = db_.sql("DELETE FROM participant WHERE address = ? AND kind = ? AND message = ?");
  for (const auto& [kind, id] : people) remove.bind(id, static_cast<int>(kind), message).run();
}

Address People::find(std::int64_t id) {
  if (const auto known = addresses_.find(id); known != addresses_.end()) return known->second;
  if (addresses_.size() >= kMaxRemembered) addresses_.clear();
  auto found = db_.sql("SELECT name, email FROM address WHERE id = ?");
  if (!found.bind(id).step()) return {};
  return addresses_.emplace(id, Address{found.text(0), found.text(1)}).first->second;
}

}  // namespace mailmgr::store
