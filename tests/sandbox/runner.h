// `mailmgr-sandbox --run CMD…`: a command in a throw-away home against a running sandbox.
#pragma once

#include <csignal>
#include <string>
#include <vector>

namespace mailmgr::sandbox {

// The signals the program waits for; blocked in every thread, so that only the waiting one takes them.
sigset_t awaited_signals();

// Until SIGINT or SIGTERM.
void wait_for_signal();

// Runs `command` (found by PATH) with MAILMGR_HOME in a new temporary folder, which is removed afterwards, and
// SANDBOX_URL, SANDBOX_PORT, SANDBOX_GOOGLE_CLIENT_ID, SANDBOX_GOOGLE_CLIENT_SECRET and SANDBOX_MICROSOFT_CLIENT_ID
// in its environment. Signals that arrive meanwhile are passed on to it. Its exit code, 128 + N if signal N killed it,
// 127 if it cannot be started. Throws std::runtime_error when there is no temporary folder.
int run_command(const std::vector<std::string>& command, const std::string& url, int port);

}  // namespace mailmgr::sandbox
