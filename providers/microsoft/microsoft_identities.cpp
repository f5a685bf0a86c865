#include "providers/microsoft/microsoft_identities.h"

#include <fmt/format.h>

#include "providers/api_client.h"
#include "providers/microsoft/microsoft_batch.h"
#include "providers/microsoft/microsoft_wire.h"

namespace mailmgr::microsoft {
namespace {

class MicrosoftIdentities : public Identities {
 public:
  explicit MicrosoftIdentities(const ProviderDeps& deps) : client_(deps, read_error) {}

  Result<std::vector<SendingIdentity>> list(const Stop& stop) override {
    const auto& user = client_.deps().user;
    if (user != "me") return std::vector<SendingIdentity>{{.email = user, .is_primary = true, .is_default = true}};
    // Not otherMails: those are where the person can be reached elsewhere.
    return client_.ask({.what = "listing the sending addresses",
                        .path = fmt::format("{}/me", kRoot),
                        .query = "$select=displayName,mail,userPrincipalName,proxyAddresses"},
                       read_addresses, stop);
  }

 private:
  ApiClient client_;
};

}  // namespace

std::unique_ptr<Identities> make_identities(const ProviderDeps& deps) {
  return std::make_unique<MicrosoftIdentities>(deps);
}

}  // namespace mailmgr::microsoft
