// Importing into Gmail ("users.messages.import"): the message keeps its bytes, its Message-ID and its date, and joins
// the thread it belongs to; nothing is sent, and it is not taken for spam. A draft is made as one, and is dated today.
#pragma once

#include <memory>

#include "core/ports/importer.h"
#include "core/ports/provider.h"

namespace mailmgr::google {

std::unique_ptr<Importer> make_importer(const ProviderDeps& deps);

}  // namespace mailmgr::google
