// Sets the process up (umask, signals), hands the command line to the command it names, and turns what comes back into
// an exit code. The last catch is here: nothing leaves as a stack trace.
#include <algorithm>
#include <exception>
#include <iostream>

#include "cmd/argv.h"
#include "cmd/run.h"
#include "cmd/sysexits.h"
#include "core/base/error.h"
#include "core/system/process_hardening.h"
#include "core/system/signals.h"

int main(int argc, char** argv) {
  mailmgr::harden_process();
  mailmgr::Signals signals;  // before any other thread
  std::ios::sync_with_stdio(false);
  int code = 1;
  try {
    const auto words = mailmgr::words_as_called(argc > 0 ? argv[0] : "", {argv + std::min(argc, 1), argv + argc});
    if (mailmgr::find_sendmail(words)) code = mailmgr::kSoftware;
    code = mailmgr::run(words, std::cout, std::cerr, mailmgr::Stop(signals.token()), &signals);
    std::cout.flush();
  } catch (const std::exception& error) {
    std::cerr << "mailmgr: something unforeseen went wrong: " << error.what() << '\n';
  } catch (...) {
    std::cerr << "mailmgr: something unforeseen went wrong\n";
  }
  const bool interrupted = code == mailmgr::exit_class(mailmgr::Code::interrupted).exit_code;
  const auto signal = signals.received();
  return interrupted && signal ? 128 + *signal : code;
}
