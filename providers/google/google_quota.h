// Gmail's limits and what calls cost in its quota units ("Gmail API: Usage limits"). Projects that used the API before
// May 2026 keep the limit of old, and as far as is known the costs; a project of today has the new ones.
#pragma once

#include <cstdint>

#include "core/ports/quota.h"

namespace mailmgr::google {

struct Units {
  std::uint64_t profile = 1;
  std::uint64_t labels = 1;
  std::uint64_t history = 2;
  std::uint64_t list = 5;
  std::uint64_t message = 20;
  std::uint64_t draft = 20;
  std::uint64_t draft_create = 10;
  std::uint64_t draft_delete = 10;
  std::uint64_t draft_send = 100;
  std::uint64_t settings = 1;
  std::uint64_t message_import = 25;
  std::uint64_t modify = 5;
  std::uint64_t batch_change = 50;  // batchModify, batchDelete
  std::uint64_t label_change = 5;
  std::uint64_t settings_change = 5;
};

inline constexpr Units kNewUnits{};
inline constexpr Units kOldUnits{.message = 5, .draft = 5};

// The reserve is one message to send.
inline constexpr QuotaTable kQuotas[] = {{.name = "gmail-new",
                                          .units = 6'000,
                                          .window = std::chrono::minutes(1),
                                          .reserve = kNewUnits.draft_send,
                                          .message = kNewUnits.message},
                                         {.name = "gmail-old",
                                          .units = 15'000,
                                          .window = std::chrono::minutes(1),
                                          .reserve = kOldUnits.draft_send,
                                          .message = kOldUnits.message}};

// By the name of the table.
constexpr const Units& units_of(std::string_view quota) {
  return quota == kQuotas[1].name ? kOldUnits : kNewUnits;
}

}  // namespace mailmgr::google
