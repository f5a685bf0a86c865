// The control API under /_sandbox/: how tests and scripts look behind the scenes and move things. Loopback only (a Host
// header naming anything else is 403). Bodies and answers are JSON; a bad argument is 400 {"error": TEXT}.
//
//   GET    /_sandbox/                    this list, as text
//   GET    /_sandbox/accounts            {"accounts":[{"email","provider","name","subject","tenant"}],"clients":[…]}
//   POST   /_sandbox/accounts            {"email": "c@gmail.test"}: a new account with an empty mailbox
//   POST   /_sandbox/clients             an OAuth client:
//   {"provider","client_id","client_secret"?,"web"?,"redirect_uris"?,
//                                        "testing"?,"audience"?,"app_roles"?,"certificates"?,"service_account"?}
//                                        (accounts.h); replaces one of the same id
//   POST   /_sandbox/consent             the answer to a consent page (consent.h)
//   GET|POST /_sandbox/devicelogin       Microsoft's page for device codes: user_code, account, decision
//   POST   /_sandbox/expire              {"tokens":true, "refresh_tokens":true, "older_refresh_tokens":true,
//                                        "cursors":true, "email"?}: what is named ends now → how many of each; older
//                                        are all refresh tokens of a person and client but the newest
//   POST   /_sandbox/revoke              {"email"}: as if the person withdrew every consent
//   POST   /_sandbox/clock               {"advance_seconds": N}: this sandbox's time runs ahead by N more → {"now"}
//   GET    /_sandbox/clock               {"now","offset_seconds"}
//   GET    /_sandbox/stats               requests (by path, status and user), batch parts, quota units, bytes, the most
//                                        requests of a user at once, tokens issued and refreshed, messages sent
//   POST   /_sandbox/stats/reset         all of them from 0
//   GET    /_sandbox/secrets             {"code":[…],"access_token":[…],…}: every secret that passed (secrets.h)
//   GET    /_sandbox/faults              the rules and how often each matched and fired
//   POST   /_sandbox/faults              a rule, or {"rules":[…]} (faults.h) → {"ids":[…]}
//   DELETE /_sandbox/faults[/ID]         all rules, or one
//   GET    /_sandbox/held/N              waits until rules of kind "hold" hold N requests → {"held"}
//   POST   /_sandbox/mailbox/EMAIL/VERB  on one mailbox; GET works for state and sent:
//     deliver       {"raw": base64 or text, "folder"?, "unread"?, "starred"?, "labels"?, "received"?, "type"?} → {"id"}
//                   "type": Graph only, a message's derived type ("eventMessageRequest", …)
//     mark          {"id","unread"?,"starred"?}      move {"id","folder"}     delete {"id"}
//     label         {"id","label"}                   unlabel {"id","label"}
//     create_folder {"name"}    rename_folder {"name","to"}    delete_folder {"name"}
//     expire_cursors {}         Gmail: history before now is gone (404); Graph: delta and next links so far are 410
//     state         {} →
//     {"messages":[{"id","thread_id","folders","labels","unread","starred","draft","message_id","sha256"}],
//                         "folders":[…]} in a stable order
//     edit_draft    {"id", "raw"} → {"id"}: its text is replaced; on Gmail it is another message then
//     send_draft    {"id"} → {"id"}: of the sent message on Gmail, of the draft on Graph
//     no_mime       {"id", "status"}: Graph only; $value answers with this status (200: with nothing), 0 with the MIME
//     add_send_as   {"email","name"?,"reply_to"?,"signature"?,"pending"?}: Gmail only; an address to send from, or
//     other
//                   settings of one; pending: its owner has not confirmed it
//     add_forwarding_address {"email","pending"?}: Gmail only; where filters may pass mail on to; pending: not yet
//     add_address   {"email"}: Graph only; a further proxy address of the mailbox
//     may_send_as   {"aliases"?, "others"?}: Graph only; whether mail may come from the mailbox's proxy addresses
//                   (false), and whether who reaches it with their own login may send as it (true)
//     sent          {} → the messages accepted for sending, with recipients and raw (base64)
//   Folders are inbox archive sent drafts trash spam, or the path of an own folder or label; on Gmail also chats, which
//   are no mail and not in the state.
#pragma once

#include <chrono>
#include <functional>
#include <nlohmann/json_fwd.hpp>

#include "tests/sandbox/faults.h"
#include "tests/sandbox/microsoft_oauth.h"
#include "tests/sandbox/oauth.h"
#include "tests/sandbox/secrets.h"
#include "tests/sandbox/stats.h"

namespace mailmgr::sandbox {

class Control {
 public:
  // What the control API may touch; the front owns it all.
  struct World {
    OAuthWorld& oauth;
    MicrosoftOAuth& microsoft;
    Faults& faults;
    Stats& stats;
    Secrets& secrets;
    std::function<MailService&(Provider)> service;
    std::function<Time()> now;
    std::function<std::chrono::milliseconds(std::chrono::milliseconds)> advance;  // by that much → the offset
    std::function<Response(const Request&)> consent;
  };
  explicit Control(World world);

  Response handle(const Request& request);

 private:
  Response dispatch(const Request& request, const std::string& path);
  Response mailbox(const Request& request, const std::string& path);
  nlohmann::json accounts();
  nlohmann::json expire(const nlohmann::json& args);
  nlohmann::json stats();
  void reset_stats();
  std::uint64_t messages_sent();

  World world_;
  std::uint64_t sent_before_reset_ = 0;
};

}  // namespace mailmgr::sandbox
