// The commands that need nothing but the store (quick_main.cpp): their lines in the table of all commands.
#pragma once

#include <memory>
#include <string_view>

#include "cmd/command.h"

namespace mailmgr {

std::unique_ptr<Command> make_folders();
std::unique_ptr<Command> make_list();
std::unique_ptr<Command> make_search();

inline constexpr std::string_view kMessageKeys =
    "id account remote_id message_id thread_id folders labels date received from to cc subject snippet unread starred "
    "draft todo todo_due note has_attachments size damage latest_id count participants";

inline constexpr std::string_view kSearchKeys =
    "id account remote_id message_id thread_id folders labels date received from to cc subject snippet unread starred "
    "draft todo todo_due note has_attachments size damage latest_id count participants query tree method steps name "
    "changed ok error";

inline constexpr CommandInfo kQuickCommands[] = {
    {"folders", "List folders, labels and categories with their counts", "mailmgr folders",
     "account name kind path total unread remote_id color", "mailmgr-search", Permission::read, make_folders,
     Prints::rows},
    {"list", "List messages, newest first", "mailmgr list inbox --unread", kMessageKeys, "mailmgr-search",
     Permission::read, make_list, Prints::rows},
    {"search", "Find messages", "mailmgr search from:ada has:attachment invoice", kSearchKeys, "mailmgr-search",
     Permission::read, make_search, Prints::rows},
};

}  // namespace mailmgr
