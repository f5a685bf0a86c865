#include "cmd/process.h"

#include <exception>
#include <iostream>

#include "core/base/error.h"
#include "core/system/signals.h"

namespace mailmgr {

int run_process(const std::function<int(const Stop&, Wakeups&)>& run, int of_a_bug) {
  Signals signals;  // before any other thread
  std::ios::sync_with_stdio(false);
  int code = of_a_bug;
  try {
    code = run(Stop(signals.token()), signals);
    std::cout.flush();
  } catch (const std::exception& error) {
    std::cerr << "mailmgr: something unforeseen went wrong: " << error.what() << '\n';
  } catch (...) {
    std::cerr << "mailmgr: something unforeseen went wrong\n";
  }
  const bool interrupted = code == exit_class(Code::interrupted).exit_code;
  const auto signal = signals.received();
  return interrupted && signal ? 128 + *signal : code;
}

}  // namespace mailmgr
