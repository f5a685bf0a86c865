// Failpoints: named places where a test lets the program be killed or stopped, to see what is left behind. They exist
// only in builds with the CMake option MAILMGR_FAILPOINTS; in all others failpoint() is nothing, and neither a name nor
// the variable below is in the program. The variable MAILMGR_FAILPOINT="NAME:N" kills the process (SIGKILL, as the
// kernel does when memory runs out) when it passes NAME for the Nth time, N from 1; "NAME:N:stop" stops it there
// (SIGSTOP).
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace mailmgr {

// All of them: a test that walks this list misses none. Requests and commits are passed many times in one command.
inline constexpr std::array<std::string_view, 32> kFailpoints{
    "http.before_send",   // nothing was sent yet
    "http.after_answer",  // the answer is here, nobody has looked at it
    "store.before_commit",  "store.after_commit",
    "key.before_link",  // a new key is written under another name
    "key.after_link",
    "refresh.needed",    // the stored access token is not good for long enough
    "refresh.leased",    // the lease of the grant is held
    "refresh.reread",    // the grant was read again under it
    "refresh.answered",  // new tokens are in memory alone
    "refresh.sealed",       "refresh.saved",
    "login.listening",  // the listener is bound
    "login.url_shown",      "login.code_received",
    "login.exchanged",  // the code is used up, tokens are in memory alone
    "login.mailbox_asked",
    "login.grant_created",  // without tokens
    "login.tokens_written", "login.account_added",
    "backup.copied",   // copies of the databases lie in the data folder
    "backup.written",  // the backup is complete under another name
    "restore.unpacked",
    "restore.adopted",  // the databases are ready to be a store, beside the home's own
    "restore.key_placed",
    "restore.ready",  // they are the home's, though not in place
    "restore.mail_placed",  "restore.tokens_placed",
    "export.message",   // complete, under another name
    "export.written",   // everything, but for the record that says so
    "import.begun",     // it is noted that this message goes, which it has not
    "import.imported",  // it is in the mailbox, which is not noted
};

// A name of the list; another one does not compile.
class Failpoint {
 public:
  consteval Failpoint(const char* name) : index_(0) {
    while (kFailpoints.at(index_) != name) ++index_;
  }
  constexpr std::size_t index() const { return index_; }

 private:
  std::size_t index_;
};

#ifdef MAILMGR_FAILPOINTS
// Safe to call from several threads.
void failpoint(Failpoint point);
#else
inline void failpoint(Failpoint) {}
#endif

}  // namespace mailmgr
