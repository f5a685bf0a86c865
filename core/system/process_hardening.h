// What a process that holds tokens does before anything else.
#pragma once

namespace mailmgr {

// New files are for their owner alone (umask 077), there are no core dumps, and other processes of the same user cannot
// read this one's memory (PR_SET_DUMPABLE; not in sanitizer builds, whose leak check needs ptrace).
void harden_process();

}  // namespace mailmgr
