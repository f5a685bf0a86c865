// The addresses a Microsoft mailbox sends from: its own and those that proxyAddresses names. Whether Exchange sends
// from the latter is a setting of the whole organisation that no API tells ("Sending from email aliases"): where it is
// off, mail leaves from the primary address without an error. Personal accounts tell their primary address alone.
// A mailbox reached through somebody else's login, or an organisation's, is known by its address only: its profile may
// not be read.
#pragma once

#include <memory>

#include "core/ports/provider.h"

namespace mailmgr::microsoft {

std::unique_ptr<Identities> make_identities(const ProviderDeps& deps);

}  // namespace mailmgr::microsoft
