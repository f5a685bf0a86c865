#include "core/flow/mailbox_settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/encoding.h"
#include "core/base/fold_case.h"
#include "core/flow/access.h"
#include "core/mail/compose.h"
#include "core/mail/text.h"

namespace mailmgr {
namespace {

constexpr std::string_view kAddingFilter = "adding a filter";
constexpr std::string_view kSettingVacation = "setting the automatic answer";

Status may_read(const SettingsOf& box, std::string_view what) {
  return check_any_scope(box.grant, box.spec.settings_scopes, "settings", box.account, what);
}

Status may_write(const SettingsOf& box) {
  if (box.account.state != AccountState::active) {
    return Error{Code::refused, fmt::format("changing settings: {} is not active", box.account.name),
                 fmt::format("mailmgr account show {}", box.account.name), std::nullopt, box.account.name};
  }
  return check_scope(box.grant, box.spec, "settings", box.account);
}

bool names_folders(const MailFilter& filter) {
  return filter.then.move || !filter.then.labels.empty();
}

void complete_folder(Folder& folder, const std::vector<Folder>& known) {
  const auto same = [&](const Folder& other) { return other.id == folder.id; };
  const auto found = std::find_if(known.begin(), known.end(), same);
  if (found != known.end()) folder = *found;
  if (folder.path.empty()) folder.path = folder.id.value;  // gone meanwhile, or not to be read
}

// Moving into the archive is archiving, in whatever way the provider keeps it.
void name_folders(MailFilter& filter, const std::vector<Folder>& known) {
  for (auto& label : filter.then.labels) complete_folder(label, known);
  if (!filter.then.move) return;
  complete_folder(*filter.then.move, known);
  if (filter.then.move->role != Role::archive) return;
  filter.then.archive = true;
  filter.then.move.reset();
}

void name_folders(std::vector<MailFilter>& filters, const SettingsOf& box, const Stop& stop) {
  if (std::none_of(filters.begin(), filters.end(), names_folders)) return;
  // A login that may not read mail sees ids.
  const auto fresh = box.mailbox.refresh({}, stop);
  const std::vector<Folder> none;
  for (auto& filter : filters) name_folders(filter, fresh ? fresh->folders.folders : none);
}

bool any_condition(const FilterConditions& when) {
  return when != FilterConditions{};
}

// How many of the actions after which a message is in one place.
int places(const FilterActions& then) {
  return (then.move ? 1 : 0) + (then.archive ? 1 : 0) + (then.trash ? 1 : 0) + (then.erase ? 1 : 0);
}

bool any_action(const FilterActions& then) {
  return places(then) > 0 || !then.labels.empty() || then.read || then.starred || then.not_spam || then.important ||
         !then.forward.empty() || then.stop;
}

Error wrong(std::string_view what, std::string_view why, std::string hint) {
  return {Code::usage, fmt::format("{}: {}", what, why), std::move(hint)};
}

bool is_blank(std::string_view text) {
  constexpr std::string_view kNoBreakSpace = "\u00a0";  // what keeps an empty paragraph of HTML open
  while (!text.empty()) {
    const bool is_wide = text.starts_with(kNoBreakSpace);
    if (!is_wide && std::string_view(" \t\r\n").find(text.front()) == text.npos) return false;
    text.remove_prefix(is_wide ? kNoBreakSpace.size() : 1);
  }
  return true;
}

Status check_values(const FilterConditions& when) {
  for (const auto* values : {&when.from, &when.to, &when.subject, &when.has, &when.not_has}) {
    for (const auto& value : *values) {
      if (is_blank(value)) return wrong(kAddingFilter, "an empty condition would fit every message", "leave it out");
      if (!is_valid_utf8(value) || value.find_first_of("\r\n") != std::string::npos) {
        return wrong(kAddingFilter, "a condition is one line of UTF-8", "");
      }
    }
  }
  if (when.larger && when.smaller && *when.larger >= *when.smaller) {
    return wrong(kAddingFilter, "no message is larger and smaller than that", "");
  }
  return {};
}

Status check_sense(const MailFilter& filter) {
  if (!any_condition(filter.when)) {
    return wrong(kAddingFilter, "for which mail? No condition is given", "--from, --subject, --has …");
  }
  if (!any_action(filter.then)) {
    return wrong(kAddingFilter, "what is to be done? No action is given", "--label, --archive, --read …");
  }
  if (places(filter.then) > 1) {
    return wrong(kAddingFilter, "--move, --archive, --trash and --delete exclude each other", "choose one");
  }
  for (const auto& address : filter.then.forward) {
    const auto parsed = parse_addresses(address);
    if (!parsed || parsed->size() != 1 || parsed->front().email != address) {
      return wrong(kAddingFilter, fmt::format("--forward {}: that is not one address", address), "");
    }
  }
  return check_values(filter.when);
}

// The folder or label of that name: its role, its exact path, else its path in whatever case.
const Folder* find_folder(const std::vector<Folder>& known, std::string_view name, bool labels_only) {
  const auto wanted = role(to_lower_ascii(name));
  const Folder* by_case = nullptr;
  for (const auto& folder : known) {
    const bool label = folder.kind == Folder::Kind::label;
    if (folder.kind == Folder::Kind::system || (labels_only && !label)) continue;
    if (folder.path == name || (!labels_only && wanted && folder.role == *wanted)) return &folder;
    if (equals_ignoring_case(folder.path, name) && by_case == nullptr) by_case = &folder;
  }
  return by_case;
}

Error no_folder(std::string_view kind, std::string_view name) {
  return {Code::not_found, fmt::format("{}: there is no {} \"{}\"", kAddingFilter, kind, name),
          fmt::format("mailmgr folder create{} '{}'", kind == "label" ? " --label" : "", name)};
}

Status resolve(const FilterRequest& request, const Folders& known, MailFilter& filter) {
  filter.then.labels.clear();
  for (const auto& name : request.labels) {
    const auto* label = find_folder(known.folders, name, true);
    // Outlook's categories need not be anywhere before mail carries them.
    if (!label && known.every_label) return no_folder("label", name);
    filter.then.labels.push_back(label ? *label : Folder{FolderId(name), Folder::Kind::label, Role::none, name});
  }
  if (!filter.then.move) return {};
  const auto* folder = find_folder(known.folders, request.move, false);
  if (!folder) return no_folder("folder", request.move);
  filter.then.move = *folder;
  return {};
}

void fill_text(AwayMessage& message) {
  if (!message.text.empty() || message.html.empty()) return;
  message.text = html_to_text(message.html);
  while (message.text.ends_with('\n')) message.text.pop_back();
}

Vacation filled(Vacation vacation) {
  fill_text(vacation.body);
  if (vacation.external_body) fill_text(*vacation.external_body);
  return vacation;
}

// A new text makes the other form of the old one untrue.
void change_message(const std::optional<std::string>& text, const std::optional<std::string>& html,
                    AwayMessage& message) {
  if (!text && !html) return;
  message = {text.value_or(""), html.value_or("")};
}

// Nothing that anybody could read or see. Outlook keeps an empty text as markup around nothing.
bool is_blank_html(const std::string& html) {
  return is_blank(html_to_text(html)) && to_lower_ascii(html).find("<img") == html.npos;
}

bool says_nothing(const AwayMessage& message) {
  return is_blank(message.text) && is_blank_html(message.html);
}

// A text that is empty is one that could not be read, or a variable that was never set.
Status check_texts(const VacationChange& change) {
  for (const auto& [text, is_html] : {std::pair(&change.text, false),
                                      {&change.html, true},
                                      {&change.external_text, false},
                                      {&change.external_html, true}}) {
    if (!*text) continue;
    if (is_html ? is_blank_html(**text) : is_blank(**text))
      return wrong(kSettingVacation, "the text is empty", "to answer no more: mailmgr vacation off");
    if (!is_valid_utf8(**text)) return wrong(kSettingVacation, "the text is not UTF-8", "");
  }
  if (change.subject &&
      (!is_valid_utf8(*change.subject) || change.subject->find_first_of("\r\n") != std::string::npos)) {
    return wrong(kSettingVacation, "a subject is one line of UTF-8", "");
  }
  return {};
}

Status check_times(const Vacation& vacation, Time now) {
  if (vacation.from && vacation.until && *vacation.from >= *vacation.until) {
    return wrong(kSettingVacation, "it would end before it begins", "--from DATE --until DATE");
  }
  if (vacation.until && *vacation.until <= now) {
    return wrong(kSettingVacation, fmt::format("it would have ended on {}", to_local_date(*vacation.until)),
                 "--until DATE, or --until all for no end");
  }
  return {};
}

}  // namespace

Result<std::vector<MailFilter>> list_filters(const SettingsOf& box, const Stop& stop) {
  if (auto may = may_read(box, "listing the filters"); !may) return may.error();
  auto filters = box.filters.list(stop);
  if (!filters) return unnamed(filters.error());
  name_folders(*filters, box, stop);
  return filters;
}

Result<MailFilter> plan_filter(const FilterRequest& request, const SettingsOf& box, const Stop& stop) {
  MailFilter filter = request.filter;
  const auto wanted = role(to_lower_ascii(request.move));
  if (wanted == Role::archive) {
    filter.then.archive = true;
  } else if (wanted == Role::trash) {
    filter.then.trash = true;
  } else if (!request.move.empty()) {
    filter.then.move = Folder{{}, Folder::Kind::folder, Role::none, request.move};
  }
  for (const auto& name : request.labels) filter.then.labels.push_back({{}, Folder::Kind::label, Role::none, name});
  if (auto sense = check_sense(filter); !sense) return sense.error();
  if (auto may = may_write(box); !may) return may.error();
  if (auto can = box.filters.check(filter); !can) return can.error();
  if (!names_folders(filter)) return filter;
  auto fresh = box.mailbox.refresh({}, stop);
  if (!fresh) return unnamed(fresh.error());
  if (auto resolved = resolve(request, fresh->folders, filter); !resolved) return resolved.error();
  if (auto can = box.filters.check(filter); !can) return can.error();
  return filter;
}

Result<MailFilter> add_filter(const MailFilter& planned, const SettingsOf& box, const Stop& stop) {
  if (auto may = may_write(box); !may) return may.error();
  auto made = box.filters.add(planned, stop);
  if (!made) return made;
  // What was planned has the names already.
  std::vector<Folder> known = planned.then.labels;
  if (planned.then.move) known.push_back(*planned.then.move);
  name_folders(*made, known);
  if (planned.then.archive && made->then.move) {
    made->then.archive = true;
    made->then.move.reset();
  }
  return made;
}

Result<std::vector<Result<MailFilter>>> find_filters(std::span<const std::string> ids, const SettingsOf& box,
                                                     const Stop& stop) {
  if (auto may = may_write(box); !may) return may.error();
  const auto all = list_filters(box, stop);
  if (!all) return all.error();
  std::vector<Result<MailFilter>> found;
  for (const auto& id : ids) {
    const auto filter = std::find_if(all->begin(), all->end(), [&](const MailFilter& other) { return other.id == id; });
    if (filter == all->end()) {
      found.emplace_back(Error{Code::not_found,
                               fmt::format("deleting filter {}: {} has no such filter", id, box.account.name),
                               fmt::format("mailmgr filter list -a {}", box.account.name)});
    } else if (filter->read_only) {
      found.emplace_back(Error{Code::refused, fmt::format("deleting filter {}: its provider lets nobody change it", id),
                               "in Outlook, Settings > Mail > Rules"});
    } else {
      found.emplace_back(*filter);
    }
  }
  return found;
}

Status remove_filter(const std::string& id, const SettingsOf& box, const Stop& stop) {
  if (auto may = may_write(box); !may) return may;
  auto removed = box.filters.remove(id, stop);
  // Somebody else was faster.
  return !removed && removed.error().code == Code::gone ? Status() : removed;
}

Result<Vacation> show_vacation(const SettingsOf& box, const Stop& stop) {
  if (auto may = may_read(box, "reading the automatic answer"); !may) return may.error();
  auto vacation = box.vacation.show(stop);
  if (!vacation) return unnamed(vacation.error());
  return filled(*std::move(vacation));
}

Result<Vacation> plan_vacation(const VacationChange& change, Time now, const SettingsOf& box, const Stop& stop) {
  if (auto may = may_write(box); !may) return may.error();
  if (auto fine = check_texts(change); !fine) return fine.error();
  auto there = box.vacation.show(stop);
  if (!there) return unnamed(there.error());
  Vacation vacation = *std::move(there);
  // The times of an absence that was called off are not those of the next.
  if (change.off || vacation.state == AwayState::off) vacation.from = vacation.until = std::nullopt;
  if (change.off) {
    vacation.state = AwayState::off;
    return vacation;
  }
  if (change.subject) vacation.subject = *change.subject;
  change_message(change.text, change.html, vacation.body);
  if (change.external_text || change.external_html) {
    vacation.external_body.emplace();
    change_message(change.external_text, change.external_html, *vacation.external_body);
  } else if (vacation.external_body && says_nothing(*vacation.external_body)) {
    vacation.external_body.reset();  // else others keep the text that was written for them
  }
  const bool untold = vacation.state == AwayState::scheduled && !vacation.from && !vacation.until;
  if (untold && !change.from && !change.until) {
    return Error{Code::refused,
                 fmt::format("{}: its times there are told in a way that cannot be read", kSettingVacation),
                 "say --from and --until", std::nullopt, box.account.name};
  }
  // Old times that are over are not what is wanted now.
  if (vacation.until && *vacation.until <= now) vacation.from = vacation.until = std::nullopt;
  if (change.from) vacation.from = *change.from;
  if (change.until) vacation.until = *change.until;
  if (change.external) vacation.external = *change.external;
  if (change.contacts_only) vacation.contacts_only = *change.contacts_only;
  vacation.state = vacation.from || vacation.until ? AwayState::scheduled : AwayState::on;
  if (says_nothing(vacation.body) && vacation.subject.empty()) {
    return wrong(kSettingVacation, "there is nothing to answer with", "--body TEXT, or --body-file FILE");
  }
  if (auto times = check_times(vacation, now); !times) return times.error();
  if (auto can = box.vacation.check(vacation); !can) return can.error();
  return vacation;
}

Result<Vacation> set_vacation(const Vacation& planned, const SettingsOf& box, const Stop& stop) {
  if (auto may = may_write(box); !may) return may.error();
  auto vacation = box.vacation.set(planned, stop);
  if (!vacation) return unnamed(vacation.error());
  return filled(*std::move(vacation));
}

}  // namespace mailmgr
