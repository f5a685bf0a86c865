// A Gmail mailbox's filters and vacation responder. Filters are never changed, only made and deleted; all that fit a
// message are carried out, in no order.
#pragma once

#include <memory>

#include "core/ports/mailbox_settings.h"

namespace mailmgr::google {

std::unique_ptr<FilterSettings> make_filters(const ProviderDeps& deps);
std::unique_ptr<VacationSettings> make_vacation(const ProviderDeps& deps);

}  // namespace mailmgr::google
