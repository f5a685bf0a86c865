// The command line of sendmail(8), as programs have been writing it for decades: options of one letter, alone, in
// clusters, with their value attached or in the next word (-FCronDaemon, -oem, -t -i, -f ada@example.org). What an
// option asks of a mail server that mailmgr is not (-B8BITMIME, -N never, -oem, -v …) is understood and passed over.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace mailmgr {

struct SendmailWords {
  enum class Mode {
    deliver,          // -bm, and by itself
    list_queue,       // -bp
    flush_queue,      // -q
    rebuild_aliases,  // -bi, -I
  };
  Mode mode = Mode::deliver;
  bool recipients_in_header = false;  // -t
  bool dot_ends = true;               // not with -i, -oi
  bool use_aliases = true;            // not with -n
  bool queue_only = false;            // -odq
  bool verbose = false;               // -v
  std::string sender;                 // -f, -r
  std::string full_name;              // -F
  std::string account;                // -a
  std::vector<std::string> recipients;
};

// Options may stand behind recipients, until "--". Code::usage for an unknown option, a missing value, and what a mail
// server alone can do (-bs, -bd, -q30m).
Result<SendmailWords> read_sendmail_words(const std::vector<std::string>& words);

// Whether this word is an option whose value is the next word.
bool sendmail_value_follows(std::string_view word);

}  // namespace mailmgr
