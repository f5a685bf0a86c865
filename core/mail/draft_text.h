// A message as a person edits it: a few header lines, an empty line, the text.
//
//   From: Ada <ada@example.org>
//   To: bob@example.org
//   Subject: Report
//   Attach: /home/ada/report.pdf
//   Header: X-Order: 7
//
//   Here it is.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/mail/message.h"

namespace mailmgr {

// What ties an answer to its original, also once that has left the store.
struct DraftTie {
  std::string in_reply_to;              // with <>
  std::vector<std::string> references;  // with <>
  std::string thread, topic;  // the original's thread at the provider, and its subject; empty: none to stay in
  bool operator==(const DraftTie&) const = default;
};

struct DraftText {
  std::vector<Address> from, to, cc, bcc, reply_to;  // of `from` at most one
  std::string subject;
  std::vector<std::string> attach;                                // paths of files, one line each
  std::string body;                                               // LF line ends
  std::vector<std::pair<std::string, std::string>> headers = {};  // further ones, by name and value
  DraftTie tie = {};
};

// Always with From, To, Cc and Subject, so that they can be filled in; the tie comes first.
std::string to_text(const DraftText& draft);

// The lines at its start that hold the tie, which a person who edits the rest need not see; mostly none.
std::string_view tie_of(std::string_view text);

// Code::usage names the line that is no header, whose addresses or message ids do not parse, or whose further header
// check_extra_header() refuses. Fields may be empty, missing, repeated and in any case; a header line is continued by
// one that begins with a blank.
Result<DraftText> parse_draft_text(std::string_view text);

}  // namespace mailmgr
