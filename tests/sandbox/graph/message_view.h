// Messages as JSON: which properties a request wants ($select, $expand, the token's permissions), and writing them.
// Nothing is read from a message's bytes that was not asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sandbox/graph/filter.h"
#include "tests/sandbox/graph/json_text.h"
#include "tests/sandbox/graph/world.h"

namespace mailmgr::sandbox::graph {

class MessageView {
 public:
  // Faults for properties that a message does not have, and for those the token must not see (Mail.ReadBasic).
  MessageView(const Call& call, std::string_view select, std::string_view expand);

  // One object; `context` is its @odata.context where it stands alone.
  void write(JsonText& out, const Message& message, std::string_view context = {}) const;
  // What a delta query reports for a mere change of the read state.
  void write_read_state(JsonText& out, const Message& message) const;
  bool shows_read_state() const;
  // "(id,subject)" behind a context's collection name, or nothing.
  std::string context_suffix() const;

 private:
  void write_properties(JsonText& out, const Message& message) const;
  void write_content(JsonText& out, const Message& message) const;
  void write_expanded(JsonText& out, const Message& message) const;

  const Call& call_;
  std::uint64_t wanted_ = 0;
  std::string select_;
  std::vector<Expand> expand_;
};

// A single message with @odata.context: the answer to GET, POST, PATCH, move and copy.
Response message_response(const Call& call, int status, const Message& message, std::string_view select = {},
                          std::string_view expand = {});

void write_recipient(JsonText& out, const mime::Address& address);

// "W/"…"": changes with the message.
std::string etag_of(const Message& message);

// Values of MAPI properties ("singleValueLegacyExtendedProperty"). Ids are "Integer 0x0E08", written back as "Integer
// 0xe08"; nullopt if the message has no such property.
std::string normal_property_id(std::string_view id);  // faults if malformed
std::optional<std::string> extended_property(const Message& message, const std::string& normal_id);

// For $filter and $orderby.
const PropertyTypes& message_properties();
class MessageEntity final : public Entity {
 public:
  MessageEntity(const Call& call, const Message& message) : call_(call), message_(message) {}
  Value value(std::string_view path) const override;
  std::vector<Element> elements(std::string_view path) const override;

 private:
  const Call& call_;
  const Message& message_;
};

}  // namespace mailmgr::sandbox::graph
