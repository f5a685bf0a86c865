// Gmail's filters and vacation responder as JSON, and ours. As google_wire.h: what cannot be used is dropped, but what
// a filter holds beyond our words is kept (MailFilter::other). Documents: users.settings.filters, users.settings
// (VacationSettings), "Manage Gmail filters".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/ports/mailbox_settings.h"

namespace mailmgr::google {

Result<std::vector<MailFilter>> read_filters(std::string_view body);
Result<MailFilter> read_filter(std::string_view body);
std::string write_filter(const MailFilter& filter);

Result<Vacation> read_vacation(std::string_view body);
std::string write_vacation(const Vacation& vacation);

}  // namespace mailmgr::google
