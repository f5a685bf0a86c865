// A provider's world for tests: scripted HTTP, or the sandbox in process.
#pragma once

#include <memory>
#include <string>

#include "providers/registry.h"
#include "tests/support/fakes.h"
#include "tests/support/sandbox_http.h"

namespace mailmgr {

// "token-1", and after every rejection of the current one the next.
class CountedTokens final : public AccessTokens {
 public:
  Result<Secret> get(const Stop&) override;
  void reject(const Secret& token) override;

 private:
  std::mutex mutex_;
  int number_ = 1;
};

struct Scripted {
  FakeClock clock;
  SeededRandom random;
  ScriptedHttp http;
  CountedTokens tokens;

  ProviderDeps deps(std::string_view api);
  std::unique_ptr<Mailbox> mailbox(ProviderKind kind);
  std::unique_ptr<Courier> courier(ProviderKind kind);
};

inline constexpr const char* kSandboxBase = "http://127.0.0.1:8080";

// One account at one provider of a sandbox of its own.
class SandboxMailbox {
 public:
  explicit SandboxMailbox(ProviderKind kind, const std::string& faults = "", const std::string& base = kSandboxBase,
                          AccessLevel access = AccessLevel::full, sandbox::QuotaMode quota = sandbox::QuotaMode::off);

  // A control verb of the sandbox on the mailbox (tests/sandbox/control.h); JSON both ways. Fails the test unless 200.
  std::string control(const std::string& verb, const std::string& json = "{}");
  std::string control_all(const std::string& path, const std::string& json);
  void remove_faults();
  void deliver(const std::string& raw, const std::string& more = "");
  std::string deliver_id(const std::string& raw, const std::string& more = "");

  ProviderDeps deps();
  Mailbox& mailbox() { return *mailbox_; }
  Courier& courier() { return *courier_; }

  const ProviderSpec& spec;
  FakeClock clock;
  SeededRandom random;
  std::string email;
  sandbox::Sandbox sandbox;
  SandboxHttp http;
  Endpoints endpoints;
  SandboxTokens tokens;

 private:
  std::unique_ptr<Mailbox> mailbox_;
  std::unique_ptr<Courier> courier_;
};

}  // namespace mailmgr
