#include "tests/sandbox/organisation.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "tests/sandbox/key_pair.h"

namespace mailmgr::sandbox {
namespace {

constexpr std::string_view kGoogleDomain = "google-corp.test";
constexpr std::string_view kMicrosoftDomain = "microsoft-corp.test";
constexpr std::string_view kServiceAccountId = "100200300400500600700";
constexpr std::string_view kServiceAccount = "mailmgr@sandbox.iam.gserviceaccount.test";
constexpr std::string_view kApplicationId = "22222222-3333-4444-5555-666666666666";

void write_private(const std::filesystem::path& path, const std::string& text) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
  const bool written = file >= 0 && fchmod(file, 0600) == 0 &&
                       write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int problem = errno;
  if (file >= 0) close(file);
  if (!written) throw std::runtime_error("writing " + path.string() + ": " + std::strerror(problem));
}

std::string key_file(const KeyPair& keys) {
  const nlohmann::json json = {{"type", "service_account"},
                               {"project_id", "sandbox"},
                               {"private_key_id", "sandbox-key-1"},
                               {"private_key", keys.private_pem},
                               {"client_email", kServiceAccount},
                               {"client_id", kServiceAccountId},
                               {"auth_uri", "https://accounts.google.com/o/oauth2/auth"},
                               {"token_uri", "https://oauth2.googleapis.com/token"},
                               {"universe_domain", "googleapis.com"}};
  return json.dump(2) + "\n";
}

OAuthClient service_account(const KeyPair& keys) {
  OAuthClient client;
  client.id = kServiceAccountId;
  client.service_account.emplace();
  client.service_account->email = kServiceAccount;
  client.service_account->public_key = keys.public_pem;
  client.service_account->domain = kGoogleDomain;
  for (const auto* scope : {"gmail.readonly", "gmail.compose", "gmail.modify", "gmail.settings.basic"})
    client.service_account->delegated.insert(std::string("https://www.googleapis.com/auth/") + scope);
  return client;
}

OAuthClient application(const KeyPair& keys) {
  OAuthClient client;
  client.provider = Provider::microsoft;
  client.id = kApplicationId;
  client.redirect_uris = {"http://localhost"};
  client.certificates = {keys.certificate_pem};
  client.audience = tenant_of_domain(kMicrosoftDomain);
  client.app_roles = {"Mail.ReadWrite", "Mail.Send", "MailboxSettings.ReadWrite"};
  return client;
}

}  // namespace

void add_organisation(Options& options, const std::filesystem::path& folder, Time now) {
  std::filesystem::create_directories(folder);
  const auto keys = make_key_pair(now - std::chrono::hours(24), now + std::chrono::hours(24 * 365));
  write_private(folder / "service-account.json", key_file(keys));
  write_private(folder / "client-certificate.pem", keys.private_pem + keys.certificate_pem);
  for (const auto* name : {"ada", "bob"}) options.accounts.push_back(fmt::format("google:{}@{}", name, kGoogleDomain));
  for (const auto* name : {"ada", "team"})
    options.accounts.push_back(fmt::format("microsoft:{}@{}", name, kMicrosoftDomain));
  options.clients.push_back(service_account(keys));
  options.clients.push_back(application(keys));
}

std::string organisation_commands(const std::filesystem::path& folder, const std::string& base_url) {
  return fmt::format(
      "mailmgr provider set google-corp --kind google --service-account {0}/service-account.json --base-url {1}\n"
      "mailmgr provider set microsoft-corp --kind microsoft --client-id {2} --tenant {3} --app-only "
      "--client-certificate {0}/client-certificate.pem --base-url {1}\n"
      "mailmgr account connect ada@{4} --provider google-corp\n"
      "mailmgr account connect team@{3} --provider microsoft-corp\n",
      folder.string(), base_url, kApplicationId, kMicrosoftDomain, kGoogleDomain);
}

}  // namespace mailmgr::sandbox
