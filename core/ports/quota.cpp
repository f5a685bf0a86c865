#include "core/ports/quota.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace mailmgr {
namespace {

constexpr std::uint64_t kMostUnits = 1'000'000'000;

std::string names_of(std::span<const QuotaTable> tables) {
  std::string names;
  for (const auto& table : tables) names += fmt::format("{}{}", names.empty() ? "" : ", ", table.name);
  return names;
}

std::optional<std::uint64_t> units_in(std::string_view text) {
  std::uint64_t units = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), units);
  const bool good = problem == std::errc() && end == text.data() + text.size() && units > 0 && units <= kMostUnits;
  return good ? std::optional(units) : std::nullopt;
}

}  // namespace

Result<QuotaTable> choose_quota(std::span<const QuotaTable> tables, std::string_view setting) {
  if (tables.empty()) return Error{Code::internal, "the provider has no table of limits"};
  if (setting.empty()) return tables.front();
  const auto colon = setting.find(':');
  const auto name = setting.substr(0, colon);
  const auto found = std::find_if(tables.begin(), tables.end(), [&](const auto& table) { return table.name == name; });
  const auto units = colon == setting.npos ? std::nullopt : units_in(setting.substr(colon + 1));
  if (found == tables.end() || (colon != setting.npos && !units)) {
    return Error{Code::usage, fmt::format("--quota {}: that is no table of this provider's limits", setting),
                 fmt::format("use {}, or NAME:UNITS for another number of units", names_of(tables))};
  }
  QuotaTable table = *found;
  if (units) {
    table.units = *units;
    table.reserve = std::min(table.reserve, *units / 10);
  }
  return table;
}

std::uint64_t messages_per_minute(const QuotaTable& table) {
  const auto minutes = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(table.window / std::chrono::minutes(1)));
  return std::max<std::uint64_t>(1, table.units / minutes / std::max<std::uint64_t>(1, table.message));
}

}  // namespace mailmgr
