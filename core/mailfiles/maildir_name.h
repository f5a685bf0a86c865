// The names in a Maildir (https://cr.yp.to/proto/maildir.html): what stands behind the colon, and what keywords Dovecot
// keeps as the letters a to z there ("dovecot-keywords", one "NUMBER NAME" a line).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mailmgr {

struct MaildirName {
  std::string base;   // without the info
  std::string flags;  // of ":2,FLAGS"
  bool has(char flag) const { return flags.find(flag) != std::string::npos; }
};
// Some file systems want another character for the colon.
MaildirName split_maildir_name(std::string_view name);

constexpr const char* kKeywordsFile = "dovecot-keywords";
constexpr std::size_t kMostKeywords = 26;
std::vector<std::string> read_keywords(std::string_view text);  // by letter; empty where there is none
std::string write_keywords(const std::vector<std::string>& keywords);
// A label as an IMAP keyword (RFC 3501 §9, flag-keyword): what an atom cannot hold is an underscore.
std::string keyword_name(std::string_view label);

// What a folder is that mail programs call so: "inbox", "sent" and so on, else the path itself.
std::string folder_word(std::string_view path);

}  // namespace mailmgr
