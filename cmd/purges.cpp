#include "cmd/purges.h"

#include <fmt/format.h>

#include "cmd/logout_setup.h"
#include "core/flow/disconnect.h"
#include "store/store.h"

namespace mailmgr {
namespace {

Status finish_purge(App& app, const AccountRecord& account, const Stop& stop) {
  auto mail = app.mail();
  if (!mail) return mail.error();
  LogoutSetup setup(app);
  auto login = setup.world();
  if (!login) return login.error();
  auto done = disconnect_account({account, true, false}, {*login, (*mail)->sync()}, stop);
  if (done) app.say(fmt::format("removed what was left of {}", account.name));
  return done ? Status() : done.error();
}

}  // namespace

void finish_purges(App& app, Outcome& outcome, const Stop& stop) {
  auto tokens = app.tokens();
  if (!tokens) return;  // which whatever comes next will tell
  auto purging = (*tokens)->accounts().purging();
  if (!purging || purging->empty() || !app.check_allowed(Permission::administer, "sync")) return;
  for (const auto& account : *purging) {
    const Status done = finish_purge(app, account, stop);
    const bool later = !done && (done.error().code == Code::busy || done.error().code == Code::interrupted);
    if (!done && !later) outcome.add(done.error().within("removing what is left of " + account.name), account.name);
  }
}

}  // namespace mailmgr
