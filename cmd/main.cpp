// The whole program: sets the process up and hands the command line to the command it names. People start
// quick_main.cpp, which starts this.
#include <algorithm>
#include <iostream>

#include "cmd/argv.h"
#include "cmd/process.h"
#include "cmd/run.h"
#include "cmd/sysexits.h"
#include "core/base/error.h"
#include "core/system/process_hardening.h"

int main(int argc, char** argv) {
  mailmgr::harden_process();
  const auto words = mailmgr::words_as_called(argc > 0 ? argv[0] : "", {argv + std::min(argc, 1), argv + argc});
  const int of_a_bug =
      mailmgr::find_sendmail(words) ? mailmgr::kSoftware : mailmgr::exit_class(mailmgr::Code::internal).exit_code;
  return mailmgr::run_process(
      [&](const mailmgr::Stop& stop, mailmgr::Wakeups& wakeups) {
        return mailmgr::run(words, std::cout, std::cerr, stop, &wakeups);
      },
      of_a_bug);
}
