#include "providers/google/google_identities.h"

#include "providers/api_client.h"
#include "providers/google/google_fetch.h"
#include "providers/google/google_quota.h"
#include "providers/google/google_wire.h"

namespace mailmgr::google {
namespace {

class GoogleIdentities : public Identities {
 public:
  explicit GoogleIdentities(const ProviderDeps& deps) : client_(deps, read_error) {}

  Result<std::vector<SendingIdentity>> list(const Stop& stop) override {
    return client_.ask({.what = "listing the sending addresses",
                        .path = user_path(client_.deps().user) + "/settings/sendAs",
                        .units = units_of(client_.deps().quota).settings},
                       read_send_as, stop);
  }

 private:
  ApiClient client_;
};

}  // namespace

std::unique_ptr<Identities> make_identities(const ProviderDeps& deps) {
  return std::make_unique<GoogleIdentities>(deps);
}

}  // namespace mailmgr::google
