// Sends through Microsoft Graph: a draft is made from the MIME text, then sent by its id.
#pragma once

#include <memory>

#include "core/ports/provider.h"

namespace mailmgr::microsoft {

std::unique_ptr<Courier> make_courier(const ProviderDeps& deps);

}  // namespace mailmgr::microsoft
