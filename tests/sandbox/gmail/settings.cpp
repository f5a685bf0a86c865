#include "tests/sandbox/gmail/settings.h"

#include "core/base/encoding.h"

namespace mailmgr::sandbox::gmail {

Settings::Settings(const std::string& email) {
  SendAs primary;
  primary.email = email;
  primary.primary = true;
  primary.is_default = true;
  aliases.push_back(std::move(primary));
  documents = {
      {"vacation", R"({"enableAutoReply":false,"restrictToContacts":false,"restrictToDomain":false})"},
      {"imap", R"({"enabled":true,"autoExpunge":true,"expungeBehavior":"archive","maxFolderSize":0})"},
      {"pop", R"({"accessWindow":"disabled","disposition":"leaveInInbox"})"},
      {"language", R"({"displayLanguage":"en"})"},
      {"autoForwarding", R"({"enabled":false})"},
  };
}

const SendAs* Settings::send_as(std::string_view email) const {
  for (const auto& alias : aliases) {
    if (equals_ignoring_ascii_case(alias.email, email)) {
      return &alias;
    }
  }
  return nullptr;
}

SendAs* Settings::send_as(std::string_view email) {
  return const_cast<SendAs*>(static_cast<const Settings&>(*this).send_as(email));
}

}  // namespace mailmgr::sandbox::gmail
