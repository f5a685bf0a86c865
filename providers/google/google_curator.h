#pragma once

#include <memory>

#include "core/ports/curator.h"

namespace mailmgr::google {

std::unique_ptr<Curator> make_curator(const ProviderDeps& deps);

}  // namespace mailmgr::google
