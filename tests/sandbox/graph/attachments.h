// The attachments of a message, read out of its MIME, and the operations on them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/sandbox/graph/json_text.h"
#include "tests/sandbox/graph/world.h"
#include "tests/sandbox/mime/parts.h"

namespace mailmgr::sandbox::graph {

struct AttachmentInfo {
  std::uint16_t number = 0;  // in its id
  const mime::Part* part = nullptr;
  std::string name;
  bool is_item = false;  // an attached message
  bool is_inline = false;
};

// In the order of the message; pointers into `root`.
std::vector<AttachmentInfo> attachments_of(const Message& message, const mime::Part& root);

// `select`: names of properties, empty for all of them (contentBytes included).
void write_attachment(JsonText& out, const Call& call, const Message& message, const AttachmentInfo& info,
                      const std::vector<std::string>& select, std::string_view context = {}, bool with_item = false);

// Behind …/messages/{id}/attachments; `at` is the index of that segment in call.path.
Response handle_attachments(Call& call, Message& message, std::size_t at);

}  // namespace mailmgr::sandbox::graph
