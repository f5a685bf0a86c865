#include "tests/providers/fixture.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/base/encoding.h"

namespace mailmgr {
namespace {

sandbox::Options options(const std::string& faults, const std::string& base, sandbox::QuotaMode quota) {
  sandbox::Options result;
  result.accounts = {"a@gmail.test", "b@outlook.test", "c@gmail.test"};
  result.auto_consent = true;
  result.faults = faults;
  result.quota = quota;
  const auto url = Url::parse(base).value();
  if (url.path != "/") result.prefix = url.path;
  return result;
}

}  // namespace

Result<Secret> CountedTokens::get(const Stop&) {
  const std::lock_guard lock(mutex_);
  return Secret(fmt::format("token-{}", number_));
}

void CountedTokens::reject(const Secret& token) {
  const std::lock_guard lock(mutex_);
  if (token.reveal() == fmt::format("token-{}", number_)) ++number_;
}

ProviderDeps Scripted::deps(std::string_view api) {
  Endpoints endpoints;
  endpoints.api = Url::parse(api).value();
  return {http, tokens, clock, random, endpoints};
}

std::unique_ptr<Mailbox> Scripted::mailbox(ProviderKind kind) {
  return provider_spec(kind).mailbox(deps("https://api.test"));
}

std::unique_ptr<Courier> Scripted::courier(ProviderKind kind) {
  return provider_spec(kind).courier(deps("https://api.test"));
}

SandboxMailbox::SandboxMailbox(ProviderKind kind, const std::string& faults, const std::string& base,
                               AccessLevel access, sandbox::QuotaMode quota)
    : spec(provider_spec(kind)),
      email(kind == ProviderKind::google ? "a@gmail.test" : "b@outlook.test"),
      sandbox(options(faults, base, quota), clock),
      http(sandbox),
      endpoints(spec.endpoints(sandbox_provider(kind, base)).value()),
      tokens(http, spec, endpoints, email, spec.scopes(access, {})),
      mailbox_(spec.mailbox(deps())),
      courier_(spec.courier(deps())) {}

ProviderDeps SandboxMailbox::deps() {
  return {http, tokens, clock, random, endpoints};
}

std::string SandboxMailbox::control_all(const std::string& path, const std::string& json) {
  sandbox::Request request;
  request.method = "POST";
  request.path = path;
  request.headers = {{"Host", "127.0.0.1"}, {"Content-Type", "application/json"}};
  request.body = json;
  const auto response = sandbox.handle(request);
  INFO(path, " ", response.body);
  REQUIRE(response.status == 200);
  return response.body;
}

std::string SandboxMailbox::control(const std::string& verb, const std::string& json) {
  return control_all("/_sandbox/mailbox/" + email + "/" + verb, json);
}

void SandboxMailbox::remove_faults() {
  sandbox::Request request;
  request.method = "DELETE";
  request.path = "/_sandbox/faults";
  request.headers = {{"Host", "127.0.0.1"}};
  REQUIRE(sandbox.handle(request).status == 200);
}

std::string SandboxMailbox::deliver_id(const std::string& raw, const std::string& more) {
  const auto answer =
      control("deliver", fmt::format(R"({{"raw":"{}"{}{}}})", base64(raw), more.empty() ? "" : ",", more));
  return nlohmann::json::parse(answer).at("id").get<std::string>();
}

void SandboxMailbox::deliver(const std::string& raw, const std::string& more) {
  deliver_id(raw, more);
}

}  // namespace mailmgr
