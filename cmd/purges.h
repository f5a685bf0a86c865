// Purges that were cut off, by a kill or a full disk, are finished by the next sync: nobody has to remember them.
#pragma once

#include "cmd/outcome.h"
#include "core/ports/stop.h"

namespace mailmgr {

class App;

// Where this run may not purge (--allow), or another one is at it, nothing is done; what goes wrong is in `outcome`.
void finish_purges(App& app, Outcome& outcome, const Stop& stop);

}  // namespace mailmgr
