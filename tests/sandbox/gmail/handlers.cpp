#include "tests/sandbox/gmail/handlers.h"

#include <map>

namespace mailmgr::sandbox::gmail {

Handler find_handler(std::string_view method) {
  static const std::map<std::string_view, Handler> handlers = {
      {"getProfile", get_profile},
      {"history.list", list_history},
      {"messages.list", list_messages},
      {"messages.get", get_message},
      {"messages.modify", modify_message},
      {"messages.batchModify", batch_modify_messages},
      {"messages.batchDelete", batch_delete_messages},
      {"messages.trash", trash_message},
      {"messages.untrash", untrash_message},
      {"messages.delete", delete_message},
      {"messages.attachments.get", get_attachment},
      {"messages.send", send_message},
      {"messages.insert", insert_message},
      {"messages.import", import_message},
      {"threads.list", list_threads},
      {"threads.get", get_thread},
      {"threads.modify", modify_thread},
      {"threads.trash", trash_thread},
      {"threads.untrash", untrash_thread},
      {"threads.delete", delete_thread},
      {"drafts.list", list_drafts},
      {"drafts.get", get_draft},
      {"drafts.create", create_draft},
      {"drafts.update", update_draft},
      {"drafts.delete", delete_draft},
      {"drafts.send", send_draft},
      {"labels.list", list_labels},
      {"labels.get", get_label},
      {"labels.create", create_label},
      {"labels.update", update_label},
      {"labels.patch", patch_label},
      {"labels.delete", delete_label},
      {"settings.sendAs.list", list_send_as},
      {"settings.sendAs.get", get_send_as},
      {"settings.sendAs.patch", patch_send_as},
      {"settings.sendAs.update", patch_send_as},
      {"settings.filters.list", list_filters},
      {"settings.filters.get", get_filter},
      {"settings.filters.create", create_filter},
      {"settings.filters.delete", delete_filter},
      {"settings.forwardingAddresses.list", list_forwarding_addresses},
      {"settings.delegates.list", list_nothing},
      {"settings.getVacation", get_settings_document},
      {"settings.getImap", get_settings_document},
      {"settings.getPop", get_settings_document},
      {"settings.getLanguage", get_settings_document},
      {"settings.getAutoForwarding", get_settings_document},
      {"settings.updateVacation", put_vacation},
      {"settings.updateImap", put_settings_document},
      {"settings.updatePop", put_settings_document},
      {"settings.updateLanguage", put_settings_document},
  };
  const auto found = handlers.find(method);
  return found == handlers.end() ? nullptr : found->second;
}

}  // namespace mailmgr::sandbox::gmail
