// The handlers of all methods this stand-in offers, by the name of the method; one file per resource.
#pragma once

#include "tests/sandbox/gmail/call.h"

namespace mailmgr::sandbox::gmail {

Answer get_profile(const Call& call);
Answer list_history(const Call& call);

Answer list_messages(const Call& call);
Answer get_message(const Call& call);
Answer modify_message(const Call& call);
Answer batch_modify_messages(const Call& call);
Answer batch_delete_messages(const Call& call);
Answer trash_message(const Call& call);
Answer untrash_message(const Call& call);
Answer delete_message(const Call& call);
Answer get_attachment(const Call& call);

Answer send_message(const Call& call);
Answer insert_message(const Call& call);
Answer import_message(const Call& call);

Answer list_threads(const Call& call);
Answer get_thread(const Call& call);
Answer modify_thread(const Call& call);
Answer trash_thread(const Call& call);
Answer untrash_thread(const Call& call);
Answer delete_thread(const Call& call);

Answer list_drafts(const Call& call);
Answer get_draft(const Call& call);
Answer create_draft(const Call& call);
Answer update_draft(const Call& call);
Answer delete_draft(const Call& call);
Answer send_draft(const Call& call);

Answer list_labels(const Call& call);
Answer get_label(const Call& call);
Answer create_label(const Call& call);
Answer update_label(const Call& call);
Answer patch_label(const Call& call);
Answer delete_label(const Call& call);

Answer list_send_as(const Call& call);
Answer get_send_as(const Call& call);
Answer patch_send_as(const Call& call);
Answer list_filters(const Call& call);
Answer get_filter(const Call& call);
Answer create_filter(const Call& call);
Answer delete_filter(const Call& call);
Answer list_forwarding_addresses(const Call& call);
Answer put_vacation(const Call& call);
Answer list_nothing(const Call& call);  // lists that are always empty here
Answer get_settings_document(const Call& call);
Answer put_settings_document(const Call& call);

// The message a path variable names; throws ApiError: 400 for what cannot be an id, 404 for none.
const Message& message_named(const Call& call, std::string_view variable = "id");

// addLabelIds and removeLabelIds of a modify request, checked.
struct LabelChange {
  std::vector<LabelKey> add;
  std::vector<LabelKey> remove;
};
LabelChange requested_labels(const Call& call);
// Throws ApiError if the message is a draft and the change adds what drafts do not take.
void check_draft_labels(const Mailbox& box, const Message& message, const LabelChange& change);

// The filters shared by messages.list and threads.list.
class ListFilter {
 public:
  explicit ListFilter(const Call& call);
  ~ListFilter();
  bool matches(const Message& message) const;
  // All filters in one text, for page tokens.
  const std::string& identity() const { return identity_; }

 private:
  struct Parsed;
  std::unique_ptr<Parsed> parsed_;
  std::string identity_;
};

}  // namespace mailmgr::sandbox::gmail
