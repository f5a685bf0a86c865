// The table of commands, in the order in which help lists them. Adding one: a class in a file of its own, its make
// function below, its line here with what it needs (--allow), its paragraph in a manual page.
#include <array>

#include "cmd/command.h"
#include "cmd/quick_commands.h"

namespace mailmgr {

std::unique_ptr<Command> make_provider_set();
std::unique_ptr<Command> make_provider_list();
std::unique_ptr<Command> make_provider_show();
std::unique_ptr<Command> make_provider_unset();
std::unique_ptr<Command> make_provider_test();
std::unique_ptr<Command> make_provider_guide();
std::unique_ptr<Command> make_login();
std::unique_ptr<Command> make_logout();
std::unique_ptr<Command> make_account_connect();
std::unique_ptr<Command> make_account_list();
std::unique_ptr<Command> make_account_show();
std::unique_ptr<Command> make_account_set();
std::unique_ptr<Command> make_account_rename();
std::unique_ptr<Command> make_account_default();
std::unique_ptr<Command> make_account_disconnect();
std::unique_ptr<Command> make_token();
std::unique_ptr<Command> make_key_status();
std::unique_ptr<Command> make_key_rotate();
std::unique_ptr<Command> make_key_set_source();
std::unique_ptr<Command> make_key_destroy();
std::unique_ptr<Command> make_backup();
std::unique_ptr<Command> make_restore();
std::unique_ptr<Command> make_sync();
std::unique_ptr<Command> make_verify();
std::unique_ptr<Command> make_status();
std::unique_ptr<Command> make_changes();
std::unique_ptr<Command> make_log();
std::unique_ptr<Command> make_show();
std::unique_ptr<Command> make_note();
std::unique_ptr<Command> make_todo_add();
std::unique_ptr<Command> make_todo_done();
std::unique_ptr<Command> make_todo_list();
std::unique_ptr<Command> make_attachment_list();
std::unique_ptr<Command> make_attachment_save();
std::unique_ptr<Command> make_export();
std::unique_ptr<Command> make_import();
std::unique_ptr<Command> make_send();
std::unique_ptr<Command> make_reply();
std::unique_ptr<Command> make_forward();
std::unique_ptr<Command> make_sendmail();
std::unique_ptr<Command> make_draft_list();
std::unique_ptr<Command> make_draft_new();
std::unique_ptr<Command> make_draft_show();
std::unique_ptr<Command> make_draft_edit();
std::unique_ptr<Command> make_draft_save();
std::unique_ptr<Command> make_draft_send();
std::unique_ptr<Command> make_draft_delete();
std::unique_ptr<Command> make_outbox_list();
std::unique_ptr<Command> make_outbox_show();
std::unique_ptr<Command> make_outbox_retry();
std::unique_ptr<Command> make_outbox_cancel();
std::unique_ptr<Command> make_outbox_resolve();
std::unique_ptr<Command> make_outbox_release();
std::unique_ptr<Command> make_outbox_flush();
std::unique_ptr<Command> make_bulk_send();
std::unique_ptr<Command> make_bulk_status();
std::unique_ptr<Command> make_bulk_resume();
std::unique_ptr<Command> make_bulk_cancel();
std::unique_ptr<Command> make_suppression_list();
std::unique_ptr<Command> make_suppression_add();
std::unique_ptr<Command> make_suppression_remove();
std::unique_ptr<Command> make_template_set();
std::unique_ptr<Command> make_template_list();
std::unique_ptr<Command> make_template_show();
std::unique_ptr<Command> make_template_delete();
std::unique_ptr<Command> make_signature_set();
std::unique_ptr<Command> make_signature_list();
std::unique_ptr<Command> make_signature_show();
std::unique_ptr<Command> make_signature_default();
std::unique_ptr<Command> make_signature_delete();
std::unique_ptr<Command> make_signature_import();
std::unique_ptr<Command> make_alias_list();
std::unique_ptr<Command> make_alias_sync();
std::unique_ptr<Command> make_mark();
std::unique_ptr<Command> make_label();
std::unique_ptr<Command> make_move();
std::unique_ptr<Command> make_archive();
std::unique_ptr<Command> make_trash();
std::unique_ptr<Command> make_untrash();
std::unique_ptr<Command> make_delete();
std::unique_ptr<Command> make_folder_list();
std::unique_ptr<Command> make_folder_create();
std::unique_ptr<Command> make_folder_rename();
std::unique_ptr<Command> make_folder_delete();
std::unique_ptr<Command> make_filter_list();
std::unique_ptr<Command> make_filter_add();
std::unique_ptr<Command> make_filter_delete();
std::unique_ptr<Command> make_vacation_show();
std::unique_ptr<Command> make_vacation_set();
std::unique_ptr<Command> make_vacation_off();
std::unique_ptr<Command> make_stats();
std::unique_ptr<Command> make_help();
std::unique_ptr<Command> make_completion();

namespace {

constexpr std::string_view kSendingKeys =
    "id key state draft repeated account from message_id remote_id thread_id recipients subject created due error "
    "dry_run";

constexpr std::string_view kProviderKeys =
    "provider kind client_id has_client_secret grants key_issuer key_id tenant redirect_uri access with base_url "
    "auth_url api_url ca_file quota source";

constexpr std::string_view kAccountKeys =
    "account email provider kind state default since include exclude sender_name via connected access scopes "
    "auth_expires auth_reason";

constexpr std::string_view kEditKeys = "id ok account error dry_run change subject";

constexpr std::string_view kFolderKeys = "id ok account name kind color remote_id dry_run error";

constexpr std::string_view kOutboxKeys =
    "id key state account from message_id remote_id thread_id recipients subject created due held_from delivery "
    "undelivered_to status diagnostic error";

constexpr std::string_view kBulkKeys =
    "bulk row line state account recipients subject suppressed id message_id remote_id thread_id due delivery "
    "undelivered_to status diagnostic error repeated dry_run";

constexpr std::string_view kFilterKeys =
    "id when then account enabled understood name order broken read_only from to subject has not_has has_attachment "
    "larger smaller labels move archive read starred trash delete not_spam important forward stop other ok dry_run";

constexpr std::string_view kVacationKeys =
    "account state active from until subject external contacts_only body html external_body external_html";

constexpr std::string_view kSignatureKeys = "name text html account default_for changed";

constexpr CommandInfo kCommands[] = {
    {"provider set", "Set up a provider's OAuth client",
     "mailmgr provider set google --client-id ID.apps.googleusercontent.com --client-secret-file secret.txt",
     kProviderKeys, "mailmgr-provider", Permission::administer, make_provider_set},
    {"provider list", "List the providers that are set up", "mailmgr provider list", kProviderKeys, "mailmgr-provider",
     std::nullopt, make_provider_list, Prints::rows},
    {"provider show", "Show how a provider is set up", "mailmgr provider show google", kProviderKeys,
     "mailmgr-provider", std::nullopt, make_provider_show},
    {"provider unset", "Forget a provider that no account uses", "mailmgr provider unset google", "id ok error",
     "mailmgr-provider", Permission::administer, make_provider_unset},
    {"provider test", "Find out whether a provider's set-up works, before anybody logs in",
     "mailmgr provider test google", "check ok message hint", "mailmgr-provider", std::nullopt, make_provider_test,
     Prints::rows},
    {"provider guide", "Print the steps in the provider's console", "mailmgr provider guide microsoft",
     "provider redirect_uri scopes steps", "mailmgr-provider", std::nullopt, make_provider_guide},
    {"login", "Log in to a mailbox in the browser and connect it", "mailmgr login google --login-hint ada@example.org",
     "account email provider scopes missing_scopes auth_expires auth_reason", "mailmgr-login", Permission::administer,
     make_login},
    {"logout", "End a login; account and mail stay", "mailmgr logout ada@example.org", "id ok error", "mailmgr-account",
     Permission::administer, make_logout},
    {"account connect", "Connect a mailbox that a grant reaches without a login of its own",
     "mailmgr account connect team@contoso.example --provider contoso", "id ok account already dry_run error",
     "mailmgr-account", Permission::administer, make_account_connect},
    {"account list", "List the connected mailboxes", "mailmgr account list", kAccountKeys, "mailmgr-account",
     std::nullopt, make_account_list, Prints::rows},
    {"account show", "Show one account", "mailmgr account show ada@example.org",
     "account email provider kind state default since include exclude sender_name via connected access scopes "
     "auth_expires auth_reason messages remaining failed",
     "mailmgr-account", std::nullopt, make_account_show},
    {"account set", "Change what is synced, how mail is signed, or pause an account",
     "mailmgr account set ada@example.org --since 2y --exclude spam --exclude trash", "id ok error", "mailmgr-account",
     Permission::administer, make_account_set},
    {"account rename", "Give an account another name", "mailmgr account rename ada@example.org work", "id ok error",
     "mailmgr-account", Permission::administer, make_account_rename},
    {"account default", "Choose the account that writing commands use", "mailmgr account default ada@example.org",
     "id ok error", "mailmgr-account", Permission::administer, make_account_default},
    {"account disconnect", "Stop using a mailbox; its mail stays unless purged",
     "mailmgr account disconnect ada@example.org --purge --revoke", "id ok error", "mailmgr-account",
     Permission::administer, make_account_disconnect},
    {"token", "Print a fresh access token for other programs", "mailmgr token ada@example.org --for imap --sasl",
     "account email for access_token expires sasl", "mailmgr-token", Permission::administer, make_token},
    {"key status", "Show where the key to the stored logins comes from, and whether it opens them",
     "mailmgr key status", "source place state data_key sealed unreadable changed", "mailmgr-key",
     Permission::administer, make_key_status},
    {"key rotate", "Replace the keys and seal everything again", "mailmgr key rotate",
     "source place id ok key_replaced resealed error", "mailmgr-key", Permission::administer, make_key_rotate},
    {"key set-source", "Choose where the key comes from", "mailmgr key set-source command pass show mailmgr",
     "source place id ok error", "mailmgr-key", Permission::administer, make_key_set_source},
    {"key destroy", "Make every stored login and secret unreadable", "mailmgr key destroy --yes", "id ok error",
     "mailmgr-key", Permission::administer, make_key_destroy},
    {"backup", "Copy the whole store into one file, while it is in use",
     "mailmgr backup --output mail-2026-01-31.tar.zst", "file created bytes with_key accounts messages",
     "mailmgr-backup", Permission::administer, make_backup},
    {"restore", "Make a backup the store of an empty home", "mailmgr restore mail-2026-01-31.tar.zst",
     "file created as dry_run with_key accounts messages held without_secrets key logins_usable", "mailmgr-backup",
     Permission::administer, make_restore},
    {"sync", "Bring the local store up to the mailboxes", "mailmgr sync --max-time 4m",
     "account email run started seconds new changed deleted failed remaining bytes requests quota_units complete "
     "dry_run error",
     "mailmgr-sync", Permission::read, make_sync},
    {"verify", "Prove that the store equals the mailboxes", "mailmgr verify --repair",
     "account email run started seconds compared contents differences repaired remaining requests quota_units complete "
     "difference id remote_id detail error",
     "mailmgr-verify", Permission::read, make_verify, Prints::rows},
    {"status", "Tell how the accounts are doing", "mailmgr status --max-lag 30m --expires-within 7d",
     "account email provider state last_ok lag_seconds messages unread remaining complete outbox_queued outbox_failed "
     "outbox_unknown auth_expires auth_reason error",
     "mailmgr-status", std::nullopt, make_status, Prints::rows},
    {"changes", "Tell what arrived, changed and went, for scripts", "mailmgr changes --consumer archive --json",
     "seq event id account", "mailmgr-changes", Permission::read, make_changes, Prints::rows},
    {"log", "Show past runs, and what failed in them", "mailmgr log --failed --since 7d",
     "run account kind started seconds new changed deleted failed remaining bytes requests quota_units complete "
     "failures error",
     "mailmgr-log", std::nullopt, make_log, Prints::rows},
    kQuickCommands[0],
    kQuickCommands[1],
    kQuickCommands[2],
    {"show", "Show messages", "mailmgr show 42 --thread",
     "id account remote_id message_id thread_id folders labels date received from to cc subject snippet unread starred "
     "draft todo todo_due note has_attachments size damage headers body_text body_html body_cut attachments "
     "change dry_run",
     "mailmgr-search", Permission::read, make_show, Prints::rows},
    {"note", "Show, write or clear the note of a message", "mailmgr note 42 'call back on Monday'",
     "id note changed ok error", "mailmgr-note", Permission::read, make_note},
    {"todo add", "Mark messages as something to do", "mailmgr todo add 42 --due 2026-12-24", "id ok error",
     "mailmgr-note", Permission::change, make_todo_add},
    {"todo done", "Say that something is done", "mailmgr todo done 42", "id ok error", "mailmgr-note",
     Permission::change, make_todo_done},
    {"todo list", "List what is to be done, overdue first", "mailmgr todo list --due tomorrow",
     "id account due overdue from subject thread_id received added done note", "mailmgr-note", Permission::read,
     make_todo_list, Prints::rows},
    {"attachment list", "List what came with messages", "mailmgr attachment list 42", "id part size type name inline",
     "mailmgr-attachment", Permission::read, make_attachment_list, Prints::rows},
    {"attachment save", "Save what came with messages", "mailmgr attachment save 42 -o invoices",
     "id ok part file dry_run error", "mailmgr-attachment", Permission::read, make_attachment_save},
    {"export", "Write mail as files that other programs read", "mailmgr export --format maildir -o ~/Mail --mirror",
     "output format query accounts mirror started finished complete messages added updated unchanged removed failed "
     "bytes dry_run id ok error",
     "mailmgr-export", Permission::read, make_export},
    {"import", "Put mail from files into a mailbox", "mailmgr import ~/old-mail.mbox -a ada@example.org --label old",
     "id ok remote_id duplicate_of error account messages imported duplicates failed noted dry_run", "mailmgr-export",
     Permission::change, make_import},
    {"mark", "Mark messages as read, starred, spam, or not", "mailmgr mark 42 43 --read", kEditKeys, "mailmgr-mark",
     Permission::change, make_mark, Prints::rows},
    {"label", "Put labels or categories on messages, and take them off", "mailmgr label 42 +work -inbox", kEditKeys,
     "mailmgr-mark", Permission::change, make_label, Prints::rows},
    {"move", "Move messages into a folder", "mailmgr move 42 Projects/Now", kEditKeys, "mailmgr-mark",
     Permission::change, make_move, Prints::rows},
    {"archive", "Put messages into the archive", "mailmgr archive --query 'in:inbox older_than:1y'", kEditKeys,
     "mailmgr-mark", Permission::change, make_archive, Prints::rows},
    {"trash", "Put messages into the trash", "mailmgr trash 42", kEditKeys, "mailmgr-mark", Permission::change,
     make_trash, Prints::rows},
    {"untrash", "Take messages out of the trash", "mailmgr untrash 42", kEditKeys, "mailmgr-mark", Permission::change,
     make_untrash, Prints::rows},
    {"delete", "Delete messages for good", "mailmgr delete 42 --yes", kEditKeys, "mailmgr-mark", Permission::change,
     make_delete, Prints::rows},
    {"folder list", "List folders, labels and categories with their colours", "mailmgr folder list",
     "account name kind path total unread remote_id color", "mailmgr-folder", Permission::read, make_folder_list,
     Prints::rows},
    {"folder create", "Make a folder or a label", "mailmgr folder create Projects/Now", kFolderKeys, "mailmgr-folder",
     Permission::change, make_folder_create},
    {"folder rename", "Rename, move or colour a folder or a label", "mailmgr folder rename Projects/Now Projects/Later",
     kFolderKeys, "mailmgr-folder", Permission::change, make_folder_rename},
    {"folder delete", "Delete a folder or a label", "mailmgr folder delete Projects/Later", kFolderKeys,
     "mailmgr-folder", Permission::change, make_folder_delete},
    {"stats", "Sum up the mail by month, sender, domain or folder", "mailmgr stats --by month --since 2y",
     "key messages bytes unread answered median_answer_seconds p90_answer_seconds by id ok", "mailmgr-stats",
     Permission::read, make_stats, Prints::rows},
    {"send", "Send a message", "mailmgr send --to bob@example.org --subject Report --attach report.pdf --body 'Here.'",
     kSendingKeys, "mailmgr-send", Permission::send, make_send},
    // These two show mail to others: neither a run that may only send nor one that may only read is to do that.
    {"reply", "Answer a message", "mailmgr reply 42 --all --body 'I will be there.'", kSendingKeys, "mailmgr-reply",
     Permission::change, make_reply},
    {"forward", "Pass a message on", "mailmgr forward 42 --to bob@example.org --body 'For you.'", kSendingKeys,
     "mailmgr-reply", Permission::change, make_forward},
    {"sendmail", "Send a finished message, in place of sendmail(8)", "mailmgr sendmail -t < message",
     "id key state repeated account from message_id remote_id thread_id recipients subject created due error",
     "mailmgr-sendmail", Permission::send, make_sendmail},
    {"draft list", "List messages that are being written", "mailmgr draft list", "id account place to subject updated",
     "mailmgr-draft", Permission::read, make_draft_list, Prints::rows},
    {"draft new", "Begin a message", "mailmgr draft new --to bob@example.org --subject Report", "id ok",
     "mailmgr-draft", Permission::draft, make_draft_new},
    {"draft show", "Show a message that is being written, also as it was", "mailmgr draft show d3 --version 2",
     "id version saved text", "mailmgr-draft", Permission::read, make_draft_show, Prints::rows},
    {"draft edit", "Go on with a message in the editor", "mailmgr draft edit d3", "id ok account state",
     "mailmgr-draft", Permission::change, make_draft_edit},
    {"draft save", "Put a message among the drafts of its mailbox", "mailmgr draft save d3", "account state",
     "mailmgr-draft", Permission::draft, make_draft_save},
    {"draft send", "Send a message that was being written", "mailmgr draft send d3", kSendingKeys, "mailmgr-draft",
     Permission::change, make_draft_send},
    {"draft delete", "Delete messages that were being written", "mailmgr draft delete d3", "id ok error",
     "mailmgr-draft", Permission::change, make_draft_delete},
    {"outbox list", "List what is not sent", "mailmgr outbox list", kOutboxKeys, "mailmgr-outbox", std::nullopt,
     make_outbox_list, Prints::rows},
    {"outbox show", "Show one message of the outbox", "mailmgr outbox show 7 --raw", kOutboxKeys, "mailmgr-outbox",
     Permission::read, make_outbox_show},
    {"outbox retry", "Try again what failed, and ask about what is unknown", "mailmgr outbox retry 7", kOutboxKeys,
     "mailmgr-outbox", Permission::send, make_outbox_retry},
    {"outbox cancel", "Take messages that have not left out of the outbox", "mailmgr outbox cancel 7", kOutboxKeys,
     "mailmgr-outbox", Permission::send, make_outbox_cancel},
    {"outbox resolve", "Settle what only a person can know", "mailmgr outbox resolve 7 --not-sent", kOutboxKeys,
     "mailmgr-outbox", Permission::send, make_outbox_resolve},
    {"outbox release", "Free what is held after a restore", "mailmgr outbox release --all", kOutboxKeys,
     "mailmgr-outbox", Permission::send, make_outbox_release},
    {"outbox flush", "Send what is due", "mailmgr outbox flush", kOutboxKeys, "mailmgr-outbox", Permission::send,
     make_outbox_flush},
    {"bulk send", "Send one message per row of a list",
     "mailmgr bulk send --csv customers.csv --template shipped --key october --rate 30/min", kBulkKeys, "mailmgr-bulk",
     Permission::send, make_bulk_send, Prints::rows},
    {"bulk status", "Tell what became of lists and their rows", "mailmgr bulk status october --only bounced",
     "bulk account template rows sent waiting failed unknown bounced delayed held cancelled suppressed from created "
     "row line state recipients subject id message_id remote_id thread_id due delivery undelivered_to status "
     "diagnostic error",
     "mailmgr-bulk", std::nullopt, make_bulk_status, Prints::rows},
    {"bulk resume", "Go on with a list", "mailmgr bulk resume october", kBulkKeys, "mailmgr-bulk", Permission::send,
     make_bulk_resume, Prints::rows},
    {"bulk cancel", "Take what has not left of a list out of the outbox", "mailmgr bulk cancel october", kBulkKeys,
     "mailmgr-bulk", Permission::send, make_bulk_cancel},
    {"suppression list", "List whom no list writes to", "mailmgr suppression list", "address reason added",
     "mailmgr-bulk", std::nullopt, make_suppression_list, Prints::rows},
    {"suppression add", "Let no list write to these addresses", "mailmgr suppression add bob@example.org",
     "id ok error", "mailmgr-bulk", Permission::administer, make_suppression_add},
    {"suppression remove", "Let lists write to these addresses again", "mailmgr suppression remove bob@example.org",
     "id ok error", "mailmgr-bulk", Permission::administer, make_suppression_remove},
    {"template set", "Keep a text with variables, or change one",
     "mailmgr template set shipped --subject 'Order {{order}}' --body-file shipped.txt", "id ok error",
     "mailmgr-template", Permission::administer, make_template_set},
    {"template list", "List the templates", "mailmgr template list", "name subject variables changed",
     "mailmgr-template", std::nullopt, make_template_list, Prints::rows},
    {"template show", "Show a template", "mailmgr template show shipped", "name subject variables text html changed",
     "mailmgr-template", std::nullopt, make_template_show},
    {"template delete", "Delete templates", "mailmgr template delete shipped", "id ok error", "mailmgr-template",
     Permission::administer, make_template_delete},
    {"signature set", "Keep a signature, or change one", "mailmgr signature set work --body 'Ada Berg, Example Ltd.'",
     "id ok error", "mailmgr-signature", Permission::administer, make_signature_set},
    {"signature list", "List the signatures", "mailmgr signature list", kSignatureKeys, "mailmgr-signature",
     std::nullopt, make_signature_list, Prints::rows},
    {"signature show", "Show a signature", "mailmgr signature show work", kSignatureKeys, "mailmgr-signature",
     std::nullopt, make_signature_show},
    {"signature default", "Choose the signature of an account or an address",
     "mailmgr signature default work --for ada@example.org", "id ok error", "mailmgr-signature", Permission::administer,
     make_signature_default},
    {"signature delete", "Delete signatures", "mailmgr signature delete work", "id ok error", "mailmgr-signature",
     Permission::administer, make_signature_delete},
    {"signature import", "Read the signatures that Gmail keeps", "mailmgr signature import ada@example.org",
     "id ok error", "mailmgr-signature", Permission::read, make_signature_import},
    {"alias list", "List the addresses that accounts send from", "mailmgr alias list",
     "address account name state primary default reply_to", "mailmgr-alias", std::nullopt, make_alias_list,
     Prints::rows},
    {"alias sync", "Ask the providers which addresses accounts send from", "mailmgr alias sync ada@example.org",
     "id ok error", "mailmgr-alias", Permission::read, make_alias_sync},
    {"filter list", "List what mailboxes do by themselves with mail that arrives", "mailmgr filter list", kFilterKeys,
     "mailmgr-filter", Permission::read, make_filter_list, Prints::rows},
    {"filter add", "Have a mailbox do something with mail that arrives",
     "mailmgr filter add --from news@example.org --label News --archive", kFilterKeys, "mailmgr-filter",
     Permission::administer, make_filter_add, Prints::rows},
    {"filter delete", "Delete filters of a mailbox", "mailmgr filter delete ANe1Bmh5X", "id ok error", "mailmgr-filter",
     Permission::administer, make_filter_delete},
    {"vacation show", "Show the automatic answer of mailboxes", "mailmgr vacation show", kVacationKeys,
     "mailmgr-vacation", Permission::read, make_vacation_show},
    {"vacation set", "Have a mailbox answer while its owner is away",
     "mailmgr vacation set --body 'I am back on Monday.' --from 2026-12-24 --until 2027-01-04", kVacationKeys,
     "mailmgr-vacation", Permission::administer, make_vacation_set},
    {"vacation off", "Have a mailbox answer no more", "mailmgr vacation off", kVacationKeys, "mailmgr-vacation",
     Permission::administer, make_vacation_off},
    {"help", "Show the manual of a command or a topic", "mailmgr help query",
     "version commands global_options exit_codes", "mailmgr", std::nullopt, make_help},
    {"completion", "Print a completion script for a shell", "mailmgr completion bash > /etc/bash_completion.d/mailmgr",
     "", "mailmgr", std::nullopt, make_completion},
};

constexpr CommandGroup kGroups[] = {
    {"provider", "Set up the OAuth clients of Google and Microsoft"},
    {"account", "The connected mailboxes"},
    {"key", "The key to the stored logins"},
    {"todo", "What is to be done about messages"},
    {"attachment", "What came with messages"},
    {"folder", "Folders, labels and categories"},
    {"draft", "Messages that are being written, here and in the mailboxes"},
    {"outbox", "What waits to be sent, and what could not be"},
    {"bulk", "Lists of messages, and what became of them"},
    {"suppression", "Whom no list writes to"},
    {"template", "Texts with variables"},
    {"signature", "What stands under mail"},
    {"alias", "The addresses that accounts send from"},
    {"filter", "What mailboxes do by themselves with mail that arrives"},
    {"vacation", "The automatic answer of somebody who is away"},
};

}  // namespace

std::span<const CommandInfo> commands() {
  return kCommands;
}
std::span<const CommandGroup> command_groups() {
  return kGroups;
}

}  // namespace mailmgr
