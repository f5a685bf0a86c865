#include "cmd/topics.h"

#include <fmt/format.h>

#include "core/base/error.h"

namespace mailmgr {
namespace {

constexpr std::string_view kQuery = R"(The search language is the same on both providers and much like Gmail's.

  invoice report        both words, anywhere in a message
  "annual report"       the words in this order
  a OR b, {a b}         either
  -word, NOT word       without it
  ( … )                 grouping

  from: to: cc: bcc:    part of a name or address; @example.org for a domain
  domain:               any correspondent at this domain
  subject: body: note:  words in the subject, in the text, in your note
  list: filename:       the mailing list, an attachment's name
  in: label:            inbox archive sent drafts trash spam anywhere, or a folder, label or
                        category; in:projects/* is the folder and all below it
  is:                   unread read starred draft sent todo
  has:                  attachment note
  larger:5M smaller:1M  the message's size
  after: before:        a date (2026-01-31) or time, by the provider's date of receipt
  newer_than:7d older_than:1y
  account: thread: id: rfc822msgid:
  @name                 a saved search:  mailmgr search --save name QUERY

Words match whole words, without regard to case and accents, in subjects, names, addresses, texts,
attachments' names and your notes. Punctuation beside words does not count. Spam and trash are left out unless
in:spam, in:trash or in:anywhere asks for them. Words that begin with a dash come after all long
options, or use NOT:  mailmgr search --limit 5 report -in:sent
)";

constexpr std::string_view kEnvironment =
    R"(MAILMGR_HOME      everything under this folder (data, config, state), as --home
MAILMGR_ACCOUNT   the account that writing commands use
MAILMGR_ALLOW     what any run may do at most; --allow can only narrow it further
MAILMGR_ALIASES   the aliases that sendmail goes by, instead of /etc/aliases
MAILMGR_ETC       where settings for all users are (config.toml, providers.d), instead of /etc/mailmgr
XDG_DATA_HOME, XDG_CONFIG_HOME, XDG_STATE_HOME   where folders are kept otherwise
BROWSER           the command that opens the login page
PAGER             the program that shows lists and messages on a terminal; cat: none
CREDENTIALS_DIRECTORY   where systemd puts the credential mailmgr.key
HTTPS_PROXY, NO_PROXY   the proxy for the providers
NO_COLOR          no bold and no colour
COLUMNS           the width of tables
TZ                the time zone of dates
)";

std::string exit_codes() {
  std::string text;
  for (const auto& entry : exit_classes()) {
    text += fmt::format("{:>5}  {:<14} {}\n", entry.exit_code, entry.name, entry.meaning);
    if (entry.exit_code == 1) text = fmt::format("{:>5}  {:<14} {}\n", 0, "ok", "what was asked was done") + text;
  }
  return text;
}

}  // namespace

std::optional<std::string> topic_text(std::string_view topic) {
  if (topic == "query") return std::string(kQuery);
  if (topic == "environment") return std::string(kEnvironment);
  if (topic == "exit-codes") return exit_codes();
  return std::nullopt;
}

}  // namespace mailmgr
