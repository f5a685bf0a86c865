// What the commands about a mailbox's settings share.
#pragma once

#include <functional>
#include <string_view>

#include "cmd/app.h"
#include "core/flow/mailbox_settings.h"

namespace mailmgr {

// With the mailbox of that account opened; no request is made for that.
Status with_settings(App& app, const AccountRecord& account, const std::function<Status(const SettingsOf&)>& work);

// For each account that is selected, or all that are active; what fails for one does not keep the others from it.
Status for_settings_of_all(App& app, std::string_view command, const std::function<Status(const SettingsOf&)>& work);

}  // namespace mailmgr
