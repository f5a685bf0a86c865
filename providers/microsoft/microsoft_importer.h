// Importing into Outlook. Graph takes a finished message (MIME) only as a draft, which never becomes anything else;
// what is no draft can be created from fields, with the properties of MAPI that say so: PidTagMessageFlags without the
// bit "unsent", and the dates (PidTagMessageDeliveryTime, PidTagClientSubmitTime), which Graph's own fields do not set.
// So the message is made anew of its parts: text, people, attachments and most header fields are the same, its bytes
// are not, and what holds for the bytes alone (a signature, encryption) is refused.
#pragma once

#include <memory>

#include "core/ports/importer.h"
#include "core/ports/provider.h"

namespace mailmgr::microsoft {

std::unique_ptr<Importer> make_importer(const ProviderDeps& deps);

}  // namespace mailmgr::microsoft
