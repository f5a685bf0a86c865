// Mail that lies in files: Maildirs (nested or Maildir++), mbox, .eml files, and JSON Lines of `export`. Read one after
// the other, so that memory stays flat; nothing leads over a symbolic link below what was named.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/blob.h"
#include "core/base/result.h"
#include "core/mailfiles/export_target.h"
#include "core/ports/notes.h"

namespace mailmgr {

struct FoundMessage {
  Blob content = {};
  std::string where = {};   // file, and number in it
  std::string folder = {};  // a role's word ("inbox") or a path, as far as the files tell; empty: they do not
  std::vector<std::string> labels = {};  // or what IMAP makes of their names (keyword_name)
  bool unread = false, starred = false, draft = false;
  std::optional<Time> received = {};
  std::optional<std::string> note = {};
  std::optional<Todo> todo = {};
};

// False: no more. An Error is about one message that could not be read; the others go on.
using FoundSink = std::function<bool(Result<FoundMessage>)>;

// Code::not_found, usage (neither file nor folder).
Result<MailFormat> recognise_mail(const std::string& path);
// In a steady order. Code::usage when there is no such mail in it at all; store.
Status each_found(const std::string& path, MailFormat format, const FoundSink& sink);

// Each format's own.
Status read_mail_folder(const std::string& path, MailFormat format, const FoundSink& sink);  // maildir, eml
Status read_mbox(const std::string& path, const FoundSink& sink);
Status read_json_lines(const std::string& path, const FoundSink& sink);

}  // namespace mailmgr
