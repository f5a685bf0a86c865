#include "core/base/error.h"

#include <array>

namespace mailmgr {
namespace {

constexpr std::array<ExitClass, 11> kClasses{{
    {Code::internal, 1, "internal", "a bug or something unforeseen"},
    {Code::usage, 2, "usage", "wrong flags or arguments; nothing was done"},
    {Code::config, 3, "config", "provider not set, bad setting, no key, store refused (permissions, newer schema)"},
    {Code::auth_required, 4, "auth_required", "a person must log in again; the hint holds the exact command"},
    {Code::not_found, 5, "not_found", "the account, message, provider … named does not exist"},
    {Code::refused, 6, "refused", "the provider or a policy said no and will say no again"},
    {Code::partial, 7, "partial", "some was done or is uncertain; what was not is listed"},
    {Code::try_later, 8, "try_later", "network down, throttled, provider 5xx; progress is saved, run again"},
    {Code::busy, 9, "busy", "another run holds this account"},
    {Code::store, 10, "store", "disk full, I/O error, damaged store"},
    {Code::interrupted, 130, "interrupted", "SIGINT (130) or SIGTERM (143); progress is saved"},
}};

// The class of the finer codes; the others are their own class.
constexpr Code class_of(Code code) {
  switch (code) {
    case Code::unreachable:
    case Code::no_answer:
    case Code::throttled:
    case Code::cursor_expired:
      return Code::try_later;
    case Code::gone:
      return Code::not_found;
    case Code::too_large:
      return Code::refused;
    case Code::token_rejected:
      return Code::auth_required;
    default:
      return code;
  }
}

}  // namespace

Error Error::within(std::string_view prefix) const {
  Error error = *this;
  error.message = std::string(prefix) + ": " + message;
  return error;
}

std::span<const ExitClass> exit_classes() {
  return kClasses;
}

const ExitClass& exit_class(Code code) {
  const Code wanted = class_of(code);
  for (const auto& entry : kClasses) {
    if (entry.code == wanted) return entry;
  }
  return kClasses.front();
}

}  // namespace mailmgr
