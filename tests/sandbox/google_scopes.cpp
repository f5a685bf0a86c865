#include "tests/sandbox/google_scopes.h"

#include <algorithm>
#include <array>

namespace mailmgr::sandbox {
namespace {

constexpr std::string_view kAuth = "https://www.googleapis.com/auth/";

struct Known {
  std::string_view name;  // after kAuth, or whole
  std::string_view meaning;
};

// "Choose Gmail API scopes", and the few others that mail programs ask for beside them.
constexpr std::array<Known, 17> kKnown = {{
    {"gmail.readonly", "View your email messages and settings"},
    {"gmail.metadata", "View your email message metadata when it isn't displaying the email body"},
    {"gmail.modify", "Read, compose, and send emails from your Gmail account"},
    {"gmail.compose", "Manage drafts and send emails"},
    {"gmail.send", "Send email on your behalf"},
    {"gmail.insert", "Add emails into your Gmail mailbox"},
    {"gmail.labels", "See and edit your email labels"},
    {"gmail.settings.basic", "See, edit, create, or change your email settings and filters in Gmail"},
    {"gmail.settings.sharing", "Manage your sensitive mail settings, including who can manage your mail"},
    {"gmail.addons.current.action.compose", "Manage drafts and send emails when you interact with the add-on"},
    {"gmail.addons.current.message.action", "View your email messages when you interact with the add-on"},
    {"gmail.addons.current.message.metadata", "View your email message metadata when the add-on is running"},
    {"gmail.addons.current.message.readonly", "View your email messages when the add-on is running"},
    {"pubsub", "View and manage Pub/Sub topics and subscriptions"},
    {"cloud-platform", "See, edit, configure, and delete your Google Cloud data"},
    {"drive.file", "See, edit, create, and delete only the specific Google Drive files you use with this app"},
    {"drive.appdata", "See, create, and delete its own configuration data in your Google Drive"},
}};

}  // namespace

std::optional<ScopeChoice> google_scope(std::string_view name) {
  const auto full = [](std::string_view tail) { return std::string(kAuth) + std::string(tail); };
  if (name == "openid") return ScopeChoice{"openid", "Associate you with your personal info on Google", false};
  if (name == "email" || name == full("userinfo.email"))
    return ScopeChoice{full("userinfo.email"), "See your primary Google Account email address", false};
  if (name == "profile" || name == full("userinfo.profile"))
    return ScopeChoice{full("userinfo.profile"), "See your personal info", false};
  if (name == "https://mail.google.com/")
    return ScopeChoice{std::string(name), "Read, compose, send, and permanently delete all your email from Gmail"};
  if (!name.starts_with(kAuth)) return std::nullopt;
  const auto tail = name.substr(kAuth.size());
  const auto* found =
      std::find_if(kKnown.begin(), kKnown.end(), [&](const Known& known) { return known.name == tail; });
  if (found == kKnown.end()) return std::nullopt;
  return ScopeChoice{std::string(name), std::string(found->meaning)};
}

bool google_device_scope(std::string_view canonical) {
  return canonical == "openid" || canonical.ends_with("/userinfo.email") || canonical.ends_with("/userinfo.profile") ||
         canonical.ends_with("/drive.file") || canonical.ends_with("/drive.appdata");
}

}  // namespace mailmgr::sandbox
