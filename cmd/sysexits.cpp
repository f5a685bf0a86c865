#include "cmd/sysexits.h"

#include <sysexits.h>

namespace mailmgr {

int sysexit(Code code) {
  switch (exit_class(code).code) {
    case Code::usage:
      return EX_USAGE;
    case Code::config:
      return EX_CONFIG;
    case Code::not_found:
      return EX_NOUSER;
    case Code::refused:
    case Code::partial:
      return EX_UNAVAILABLE;
    case Code::store:
      return EX_IOERR;
    case Code::auth_required:
    case Code::try_later:
    case Code::busy:
    case Code::interrupted:
      return EX_TEMPFAIL;
    default:
      return EX_SOFTWARE;
  }
}

std::vector<std::string> words_as_called(std::string_view program, std::vector<std::string> words) {
  const auto name = program.substr(program.rfind('/') + 1);
  if (name == "mailq") words.insert(words.begin(), "-bp");
  if (name == "newaliases") words.insert(words.begin(), "-bi");
  if (name == "sendmail" || name == "mailq" || name == "newaliases") words.insert(words.begin(), "sendmail");
  return words;
}

}  // namespace mailmgr
