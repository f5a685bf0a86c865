// An Outlook mailbox's rules of the inbox and its automatic replies.
#pragma once

#include <memory>

#include "core/ports/mailbox_settings.h"

namespace mailmgr::microsoft {

std::unique_ptr<FilterSettings> make_filters(const ProviderDeps& deps);
std::unique_ptr<VacationSettings> make_vacation(const ProviderDeps& deps);

}  // namespace mailmgr::microsoft
