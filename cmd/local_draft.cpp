#include "cmd/local_draft.h"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "cmd/output/terminal.h"
#include "core/mail/compose.h"
#include "core/system/editing_folder.h"
#include "core/system/editor.h"
#include "core/system/paths.h"
#include "store/store.h"

namespace mailmgr {
namespace {

constexpr auto kClocksDiffer = std::chrono::seconds(1);  // those of files and of everything else

// What lists show of it.
void describe(LocalDraft& draft, const std::string& text, Time now) {
  draft.updated = now;
  if (const auto parsed = parse_draft_text(text)) {
    draft.sender = to_string(parsed->from);
    draft.recipients = to_string(parsed->to);
  }
}

// An error after which the text is in the draft.
Error where_it_is(Error error, const LocalDraft& draft) {
  const auto command = fmt::format("mailmgr draft edit {}", to_string(draft.id));
  error.hint = error.hint.empty() ? "nothing is lost: " + command : error.hint + "; then " + command;
  return error;
}

// The text of an edit that was killed, unless the draft is gone or has gone on since.
Status take_back(App& app, LocalDraftStore& drafts, const LeftEdit& left) {
  const auto id = parse_draft_id(left.name);
  if (!id) return {};
  auto found = drafts.latest(*id);
  if (!found) return found.error();
  if (!*found || left.changed + kClocksDiffer < (*found)->latest.saved) return {};
  const auto& before = (*found)->latest.content;
  const auto text = std::string(tie_of(before)) + left.text;
  if (text == before) return {};
  if (auto saved = save_local_draft(app, (*found)->draft, text); !saved) return saved;
  app.say(fmt::format("draft {}: what its editor had saved when it was cut short is taken back", to_string(*id)));
  return {};
}

}  // namespace

std::string to_string(LocalDraftId id) {
  return fmt::format("d{}", id.value);
}

std::optional<LocalDraftId> parse_draft_id(std::string_view word) {
  if (!word.starts_with('d')) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(word.data() + 1, word.data() + word.size(), number);
  if (problem != std::errc() || end != word.data() + word.size() || number < 1) return std::nullopt;
  return LocalDraftId(number);
}

Result<SavedDraft> find_local_draft(App& app, LocalDraftId id) {
  auto mail = app.mail();
  if (!mail) return mail.error();
  recover_local_drafts(app);
  auto found = (*mail)->local_drafts().latest(id);
  if (!found) return found.error();
  if (!*found) {
    return Error{Code::not_found, fmt::format("draft: there is no draft {}", to_string(id)), "mailmgr draft list"};
  }
  return **std::move(found);
}

Status save_local_draft(App& app, LocalDraft& draft, const std::string& text) {
  auto mail = app.mail();
  if (!mail) return mail.error();
  auto& drafts = (*mail)->local_drafts();
  describe(draft, text, app.clock().now());
  if (draft.id.value != 0) {
    auto saved = drafts.save_version(draft, text);
    return saved ? Status() : Status(saved.error());
  }
  auto made = drafts.create(draft, text);
  if (!made) return made.error();
  draft.id = *made;
  return {};
}

void recover_local_drafts(App& app) {
  auto paths = app.paths();
  auto mail = app.mail();
  if (!paths || !mail) return;  // told by whatever needs them
  recover_edits((*paths)->data, app.clock().now(),
                [&](const LeftEdit& left) { return take_back(app, (*mail)->local_drafts(), left); });
}

Status forget_left_edits(App& app, AccountId account) {
  auto paths = app.paths();
  if (!paths) return paths.error();
  auto mail = app.mail();
  if (!mail) return mail.error();
  auto drafts = (*mail)->local_drafts().list();
  if (!drafts) return drafts.error();
  for (const auto& draft : *drafts) {
    if (draft.account == account) forget_edits((*paths)->data, to_string(draft.id));
  }
  return {};
}

Status tell_saved(App& app, const LocalDraft& draft) {
  if (app.options().json) {
    app.print_json(nlohmann::ordered_json{{"id", to_string(draft.id)}, {"ok", true}});
  } else {
    app.say("saved as draft " + to_string(draft.id));
  }
  return {};
}

Result<DraftText> edit_local_draft(App& app, LocalDraft& draft, const std::string& text) {
  if (!app.may_ask()) {
    return Error{Code::usage, "there is no terminal to open an editor on", "use --body TEXT or --body-file FILE"};
  }
  auto paths = app.paths();
  if (!paths) return paths.error();
  if (auto saved = save_local_draft(app, draft, text); !saved) return saved.error();
  const std::string tie(tie_of(text));
  EditJob job{editor_command(), (*paths)->data, to_string(draft.id), text.substr(tie.size()), {}, app.terminal()};
  job.keep = [&](const std::string& now) { return save_local_draft(app, draft, tie + now); };
  auto edited = edit_text(job, app.clock(), app.stop());
  if (!edited) {
    const auto code = edited.error().code;  // others say where the text is, which is not in the draft
    return code == Code::partial || code == Code::interrupted ? where_it_is(edited.error(), draft) : edited.error();
  }
  auto parsed = parse_draft_text(*edited);
  if (!parsed) return where_it_is(parsed.error(), draft);
  if (auto tied = parse_draft_text(tie)) parsed->tie = std::move(tied->tie);
  return parsed;
}

}  // namespace mailmgr
