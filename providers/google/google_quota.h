// What calls cost in Gmail's quota units ("Gmail API: Usage limits", the table valid since May 2026). Only counted
// here, for people who watch their project's quota.
#pragma once

#include <cstdint>

namespace mailmgr::google::units {

constexpr std::uint64_t kProfile = 1;
constexpr std::uint64_t kLabels = 1;
constexpr std::uint64_t kHistory = 2;
constexpr std::uint64_t kList = 5;
constexpr std::uint64_t kMessage = 20;
constexpr std::uint64_t kDraft = 20;
constexpr std::uint64_t kDraftCreate = 10;
constexpr std::uint64_t kDraftDelete = 10;
constexpr std::uint64_t kDraftSend = 100;

}  // namespace mailmgr::google::units
