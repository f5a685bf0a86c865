// A message as a tree of MIME parts with their decoded contents (GMime underneath). Bad MIME gives the best tree that
// can be made of it; there are limits on depth and number, beyond which parts stay undivided.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sandbox/api.h"

namespace mailmgr::sandbox::mime {

struct Part {
  std::string id;           // "" for the root, then by position: "0", "1", "1.0"
  std::string mime_type;    // lower case, "text/plain" if none is given
  std::string charset;      // as written, empty if none
  std::string disposition;  // lower case: "attachment", "inline" or empty
  std::string filename;     // decoded (RFC 2231, RFC 2047); empty if none
  std::string content_id;   // without <>
  HeaderList headers;       // of this part; the root has the message's. Values decoded.
  std::string body;         // decoded from its transfer encoding, bytes in its own charset; empty for multipart/*. For
                            // message/rfc822 the bytes of the inner message
  std::vector<Part> parts;  // of multipart/*; of message/rfc822 its inner message as the only one

  bool is_multipart() const { return mime_type.starts_with("multipart/"); }
  // What people call an attachment: a leaf with a file name or disposition attachment, or an attached message.
  bool is_attachment() const;
};

Part parse_parts(std::string_view raw);

// The pieces of a multipart body between its boundary lines (RFC 2046 §5.1.1), untouched; at most 2,000.
std::vector<std::string_view> split_multipart(std::string_view body, std::string_view boundary);
// A parameter of a Content-Type value, decoded; empty if absent.
std::string content_type_parameter(std::string_view content_type, const std::string& name);

// A text part's body as UTF-8.
std::string text_of(const Part& part);

// All parts, the root first, depth first; views into `root`.
std::vector<const Part*> flatten(const Part& root);

// Readable text of a message: its first text/plain part that is no attachment, else text/html without its tags.
std::string plain_text(const Part& root);

// Text from HTML, roughly: tags, scripts and styles dropped, common entities decoded.
std::string strip_html(std::string_view html);

}  // namespace mailmgr::sandbox::mime
