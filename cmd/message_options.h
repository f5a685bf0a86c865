// What people say about a message they write: the options that send, reply and forward share.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/app.h"
#include "core/mail/compose.h"
#include "core/mail/reply.h"

namespace mailmgr {

struct WrittenMessage {
  std::vector<Address> to, cc, bcc, reply_to;
  std::optional<std::string> subject;
  Written body;
  std::vector<OutgoingAttachment> attachments;
  std::vector<std::pair<std::string, std::string>> headers;
};

class MessageOptions {
 public:
  // `command` begins errors: "send".
  explicit MessageOptions(std::string_view command) : command_(command) {}
  void attach(CLI::App& cli);
  // Reads files and standard input, which is the text when it is no terminal and nothing else is said to be. Images
  // that the HTML names by an attachment's file name (<img src="cid:logo.png">) are tied to it. usage names the option
  // that is wrong.
  Result<WrittenMessage> read() const;

  // Who sends: the account of --from or -a, else `by_default`, else the acting one. `sender` is the address of --from,
  // empty without. refused: an address that is not the account's.
  Result<AccountRecord> sender(App& app, const std::optional<AccountRecord>& by_default, Address& sender) const;

 private:
  Status read_addresses(WrittenMessage& message) const;
  Status read_bodies(WrittenMessage& message) const;
  Status read_attachments(WrittenMessage& message) const;

  std::string_view command_;
  std::vector<std::string> to_, cc_, bcc_, reply_to_, attachments_, headers_;
  std::string from_, body_file_, html_file_;
  std::optional<std::string> subject_, body_;
};

// Everything but the body, which replies and forwards place themselves: recipients, attachments and headers are added,
// the subject and the reply address are replaced where they are given.
void add_to(Draft& draft, WrittenMessage written);

}  // namespace mailmgr
