// A mailbox's filters and its automatic answer: what a login may do with them, folders and labels by their names, and
// what makes no sense whoever keeps it. Reading takes any of ProviderSpec::settings_scopes, writing the scopes of
// `--with settings`: without them auth_required, with the login that has them. Nothing printed.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/ports/account_stores.h"
#include "core/ports/mailbox_settings.h"
#include "core/ports/provider.h"

namespace mailmgr {

// One mailbox and who asks.
struct SettingsOf {
  const AccountRecord& account;
  const GrantRecord& grant;
  const ProviderSpec& spec;
  Mailbox& mailbox;
  FilterSettings& filters;
  VacationSettings& vacation;
};

struct FilterRequest {
  MailFilter filter;                // without folders and labels
  std::vector<std::string> labels;  // by name
  std::string move;                 // folder, label, or one of the words inbox, archive, trash …; empty: stays
};

// In the order in which they run, with folders and labels by name where those can be read.
Result<std::vector<MailFilter>> list_filters(const SettingsOf& box, const Stop& stop);

// What add() would make. usage: no condition, no action, actions that exclude each other, no address. not_found: no
// such folder or label. refused: the provider has no such thing.
Result<MailFilter> plan_filter(const FilterRequest& request, const SettingsOf& box, const Stop& stop);
// `planned` by plan_filter. partial: it may have been added without an answer (FilterSettings::add).
Result<MailFilter> add_filter(const MailFilter& planned, const SettingsOf& box, const Stop& stop);

// Those of these ids, each of them or not_found; refused for one that the API cannot delete. Asks for the list once.
Result<std::vector<Result<MailFilter>>> find_filters(std::span<const std::string> ids, const SettingsOf& box,
                                                     const Stop& stop);
Status remove_filter(const std::string& id, const SettingsOf& box, const Stop& stop);

// What is to be different; the rest stays as it is.
struct VacationChange {
  bool off = false;  // nothing is answered any more; texts stay, times go
  std::optional<std::string> subject, text, html, external_text, external_html;
  std::optional<std::optional<Time>> from, until;  // nullopt within: no such bound any more
  std::optional<Outsiders> external;
  std::optional<bool> contacts_only;
};

// With AwayMessage::text also where the provider tells HTML alone.
Result<Vacation> show_vacation(const SettingsOf& box, const Stop& stop);
// What it would be. usage: nothing to answer with, an end before the beginning or before `now`.
Result<Vacation> plan_vacation(const VacationChange& change, Time now, const SettingsOf& box, const Stop& stop);
// `planned` by plan_vacation.
Result<Vacation> set_vacation(const Vacation& planned, const SettingsOf& box, const Stop& stop);

}  // namespace mailmgr
