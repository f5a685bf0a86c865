// Who is named in a message: addresses are kept once each, a message lists their ids in a small blob, and `participant`
// finds messages by address. Throws (see sql.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/mail/message.h"
#include "store/database.h"

namespace mailmgr::store {

enum class PersonKind : std::uint8_t { from = 0, to = 1, cc = 2, bcc = 3, list = 4 };

using PersonRef = std::pair<PersonKind, std::int64_t>;  // address id

// The form in `message.people`: for each a byte of kind and the id as a little-endian base-128 number.
std::string encode_people(const std::vector<PersonRef>& people);
std::vector<PersonRef> decode_people(std::string_view bytes);  // stops at damage

// "name <address>" as it is searched: folded case, no accents, and neither part can contain the brackets.
std::string folded_person(const Address& person);

class People {
 public:
  explicit People(Database& db) : db_(db) {}

  // The people of a message, each made known to the store; at most a few thousand.
  std::vector<PersonRef> intern(const ParsedMessage& message);
  void link(std::int64_t message, std::int64_t received, const std::vector<PersonRef>& people);
  void unlink(std::int64_t message, const std::vector<PersonRef>& people);
  // To be called when a transaction begins: what an earlier one remembered may have been rolled back or purged since.
  void begin() { ids_.clear(); }

  Address find(std::int64_t id);

 private:
  std::int64_t intern(const Address& person);

  Database& db_;
  std::unordered_map<std::string, std::int64_t> ids_;    // email, NUL, name → id
  std::unordered_map<std::int64_t, Address> addresses_;  // as found
};

}  // namespace mailmgr::store
