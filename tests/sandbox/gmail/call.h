// One API call on its way to a handler, and what the handler gives back. Everything in a Call has been checked: the
// method exists, the token has the scope, parameters and body fields are known and well-typed, the quota is paid.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "core/base/time.h"
#include "tests/sandbox/api.h"
#include "tests/sandbox/gmail/mailbox.h"
#include "tests/sandbox/gmail/params.h"
#include "tests/sandbox/gmail/service.h"
#include "tests/sandbox/gmail/settings.h"

namespace mailmgr::sandbox::gmail {

// A mailbox with what belongs to its user but not to its mail.
struct Account {
  explicit Account(const std::string& email) : box(email), settings(email) {}
  Mailbox box;
  Settings settings;
};

using Bytes = std::shared_ptr<const std::string>;

struct Call {
  const Method& method;
  const PathVariables& variables;
  const Params& params;
  const nlohmann::json& body;
  Bytes media;  // uploaded bytes, null if the call came without an upload
  Account& account;
  const Session& session;
  Time now{};
  const DeliverSent& deliver;

  Mailbox& box() const { return account.box; }
  const std::string& variable(std::string_view name) const { return variables.find(name)->second; }
};

struct Answer {
  nlohmann::json body;
  bool empty = false;  // 204 without a body
  // Bytes whose base64url goes where the body says kRawPlaceholder: megabytes need not pass through the JSON library.
  std::optional<std::string> raw;

  static Answer none() { return {nullptr, true, std::nullopt}; }
};

inline constexpr std::string_view kRawPlaceholder = "\x01raw";

using Handler = Answer (*)(const Call&);

// The handler of a method by name ("messages.get"); nullptr if this stand-in does not offer the method.
Handler find_handler(std::string_view method);

}  // namespace mailmgr::sandbox::gmail
