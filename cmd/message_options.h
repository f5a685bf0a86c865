// What people say about a message they write: the options that send, reply and forward share.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/app.h"
#include "core/flow/identities.h"
#include "core/mail/compose.h"
#include "core/mail/draft_text.h"
#include "core/mail/reply.h"

namespace mailmgr {

struct WrittenMessage {
  std::vector<Address> to, cc, bcc, reply_to;
  std::optional<std::string> subject;
  Written body;
  std::vector<OutgoingAttachment> attachments;
  std::vector<std::pair<std::string, std::string>> headers;
  bool has_recipient() const { return !to.empty() || !cc.empty() || !bcc.empty(); }
};

class MessageOptions {
 public:
  // `command` begins errors: "send".
  explicit MessageOptions(std::string_view command) : command_(command) {}
  void attach(CLI::App& cli);
  // Whether nothing is said of the text, on a terminal: then it is written in an editor.
  bool wants_editor(App& app) const;
  // Reads files and standard input, which is the text when it is no terminal and nothing else is said to be. Images
  // that the HTML names by an attachment's file name (<img src="cid:logo.png">) are tied to it. usage names the option
  // that is wrong.
  Result<WrittenMessage> read(App& app) const;
  // The same as a text to edit, which may lack anything. usage: HTML has no place in it.
  Result<DraftText> read_text(App& app) const;

  // Who sends: as --from and -a say, else `by_default` (chosen_sender).
  Result<SenderIdentity> sender(App& app, const std::optional<AccountRecord>& by_default) const;
  bool says_sender() const { return !from_.empty(); }
  // Puts --signature, or the sender's default, below what was written.
  Status sign(App& app, const SenderIdentity& sender, Written& body) const;

 private:
  bool says_text() const;
  Status read_addresses(WrittenMessage& message) const;
  Status read_headers(WrittenMessage& message) const;
  Status read_template(App& app, WrittenMessage& message) const;
  Status read_bodies(WrittenMessage& message) const;
  Status read_attachments(WrittenMessage& message) const;

  std::string_view command_;
  std::vector<std::string> to_, cc_, bcc_, reply_to_, attachments_, headers_, variables_;
  std::string from_, body_file_, html_file_, template_, signature_;
  std::optional<std::string> subject_, body_;
};

// Everything but the body, which replies and forwards place themselves: recipients, attachments and headers are added,
// the subject and the reply address are replaced where they are given.
void add_to(Draft& draft, WrittenMessage written);

}  // namespace mailmgr
