// What send, reply and forward do without a text, on a terminal.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cmd/ask.h"
#include "cmd/draft_sending.h"
#include "cmd/local_draft.h"
#include "cmd/output/terminal.h"
#include "core/base/encoding.h"
#include "core/mail/compose.h"
#include "store/store.h"

namespace mailmgr {
namespace {

// What a person does with a message once the editor is closed.
enum class NextStep { go_on, keep };

Result<NextStep> ask_next_step(App& app, LocalDraft& draft, DraftText& text, const DispatchOptions& dispatch) {
  const std::string_view deed = dispatch.sends()         ? "[s]end it"
                                : dispatch.makes_draft() ? "[s]ave it in the mailbox"
                                                         : "[s]ee what would be sent";
  while (true) {
    const auto to = to_string(text.to);
    auto answer = ask_line(app,
                           fmt::format("To {}: \"{}\". {}, [e]dit it again, or [k]eep it as draft {}",
                                       to.empty() ? "nobody" : output::one_line(to), output::one_line(text.subject),
                                       deed, to_string(draft.id)),
                           "--body");
    if (!answer) {
      Error error = answer.error();
      error.hint = fmt::format("nothing is lost: mailmgr draft edit {}", to_string(draft.id));
      return error;
    }
    if (*answer == "s" || *answer == "send" || *answer == "save") return NextStep::go_on;
    if (answer->empty() || *answer == "k" || *answer == "keep") return NextStep::keep;
    if (*answer != "e" && *answer != "edit") continue;
    auto edited = edit_local_draft(app, draft, to_text(text));
    if (!edited) return edited.error();
    text = *std::move(edited);
  }
}

// An unfinished draft of the same kind, sender and recipients that the person wants to go on with.
Result<std::optional<SavedDraft>> offer_unfinished(App& app, const LocalDraft& like) {
  auto mail = app.mail();
  if (!mail) return mail.error();
  recover_local_drafts(app);
  auto drafts = (*mail)->local_drafts().list();
  if (!drafts) return drafts.error();
  for (const auto& draft : *drafts) {
    const bool same = draft.kind == like.kind && draft.original == like.original && draft.sender == like.sender &&
                      equals_ignoring_ascii_case(draft.recipients, like.recipients);
    if (!same) continue;
    auto answer = ask_line(app,
                           fmt::format("There is an unfinished message to {} of {}. Go on with that, and leave aside "
                                       "what this command says of the new one? [y/N]",
                                       draft.recipients.empty() ? "nobody yet" : output::one_line(draft.recipients),
                                       to_local_date(draft.updated)),
                           "--body");
    if (!answer) return answer.error();
    if (*answer == "y" || *answer == "Y" || *answer == "yes") return (*mail)->local_drafts().latest(draft.id);
    return std::optional<SavedDraft>();
  }
  return std::optional<SavedDraft>();
}

// For commands whose lines are about a message.
Status tell_kept(App& app, const LocalDraft& draft) {
  if (!app.options().json) return tell_saved(app, draft);
  app.print_json(nlohmann::ordered_json{{"state", "draft"}, {"draft", to_string(draft.id)}});
  return {};
}

}  // namespace

Status write_in_editor(App& app, LocalDraft draft, const DraftText& start, const DispatchOptions& dispatch) {
  std::string content = to_text(start);
  LocalDraft like = draft;
  like.sender = to_string(start.from);
  like.recipients = to_string(start.to);
  auto unfinished = offer_unfinished(app, like);
  if (!unfinished) return unfinished.error();
  if (*unfinished) {
    draft = (*unfinished)->draft;
    content = (*unfinished)->latest.content;
  }
  auto text = edit_local_draft(app, draft, content);
  if (!text) return text.error();
  auto next = ask_next_step(app, draft, *text, dispatch);
  if (!next) return next.error();
  return *next == NextStep::go_on ? send_local_draft(app, draft, *text, dispatch) : tell_kept(app, draft);
}

}  // namespace mailmgr
