// What the header fields of one MIME part say about it (RFC 2045, 2183, 2231). Private to this room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/mail/header_fields.h"

namespace mailmgr::mail {

struct PartHead {
  std::string number;       // "2.1", IMAP numbering
  std::string type;         // lower case, "text/plain" if none or unreadable
  std::string charset;      // as written, may be empty
  std::string boundary;     // of multipart/*
  std::string encoding;     // Content-Transfer-Encoding as written
  std::string disposition;  // lower case: "attachment", "inline" or empty
  std::string name;         // decoded file name, may be empty
  std::string content_id;   // without <>
  bool flowed = false;      // format=flowed (RFC 3676)
  bool delsp = false;
  bool is_root = false;
  int alternative = 0;      // the innermost multipart/alternative around it, numbered from 1; 0 if none
  bool in_related = false;  // directly inside multipart/related
  bool in_signed = false;   // directly inside multipart/signed

  bool is_multipart() const { return type.starts_with("multipart/"); }
};

// Fills what the fields determine; structure (number, alternative, in_…) is the scanner's business.
PartHead read_part_head(const std::vector<HeaderField>& fields, std::string_view default_type);

}  // namespace mailmgr::mail
