// Sends through Gmail: drafts.create, then drafts.send. A StagedId is "DRAFT_ID@SECONDS", the draft and when it was
// made, because evidence of its sending is looked for among mail sent since then.
#pragma once

#include <memory>

#include "core/ports/provider.h"

namespace mailmgr::google {

std::unique_ptr<Courier> make_courier(const ProviderDeps& deps);

}  // namespace mailmgr::google
