#include "cmd/account_health.h"

#include <ostream>

#include "cmd/app.h"
#include "cmd/output/prometheus.h"
#include "core/system/replace_file.h"
#include "providers/registry.h"
#include "store/store.h"

namespace mailmgr {
namespace {

constexpr mode_t kReadableByAll = 0644;  // node_exporter runs as another user; nothing in it is secret

}  // namespace

Result<AccountStatus> health_of(App& app, const AccountRecord& account, const StatusLimits& limits) {
  auto tokens = app.tokens();
  if (!tokens) return tokens.error();
  auto mail = app.mail();
  if (!mail) return mail.error();
  auto grant = (*tokens)->grants().find(account.grant);
  if (!grant) return grant.error();
  const StatusWorld world{(*mail)->sync(), (*mail)->runs(), (*mail)->outbox(), (*mail)->reader()};
  return account_status(account, *grant, provider_spec(account.kind), limits, world, app.clock().now());
}

Status write_metrics(App& app, const std::vector<std::pair<AccountRecord, AccountStatus>>& accounts,
                     const std::string& file) {
  const std::string text = output::metrics(accounts, app.clock().now());
  if (file != "-") return replace_file(file, text, kReadableByAll);
  app.out() << text << std::flush;
  return {};
}

}  // namespace mailmgr
