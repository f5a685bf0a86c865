#include "core/ports/quota.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

namespace mailmgr {
namespace {

constexpr std::uint64_t kMostUnits = 1'000'000'000;

std::string names_of(std::span<const QuotaTable> tables) {
  std::string names;
  for (const auto& table : tables) names += fmt::format("{}{}", names.empty() ? "" : ", ", table.name);
  return names;
}

constexpr milliseconds kLongestWindow = std::chrono::hours(24);

std::optional<std::uint64_t> units_in(std::string_view text) {
  std::uint64_t units = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), units);
  const bool good = problem == std::errc() && end == text.data() + text.size() && units > 0 && units <= kMostUnits;
  return good ? std::optional(units) : std::nullopt;
}

struct Rate {
  std::uint64_t units = 0;
  std::optional<milliseconds> window;
};

// "UNITS" or "UNITS/TIME".
std::optional<Rate> rate_in(std::string_view text) {
  const auto slash = text.find('/');
  const auto units = units_in(text.substr(0, slash));
  if (!units) return std::nullopt;
  if (slash == text.npos) return Rate{*units, {}};
  const auto window = parse_duration(text.substr(slash + 1));
  if (!window || *window <= milliseconds(0) || *window > kLongestWindow) return std::nullopt;
  return Rate{*units, *window};
}

}  // namespace

Result<QuotaTable> choose_quota(std::span<const QuotaTable> tables, std::string_view setting) {
  if (tables.empty()) return Error{Code::internal, "the provider has no table of limits"};
  if (setting.empty()) return tables.front();
  const auto colon = setting.find(':');
  const auto name = setting.substr(0, colon);
  const auto found = std::find_if(tables.begin(), tables.end(), [&](const auto& table) { return table.name == name; });
  const auto rate = colon == setting.npos ? std::nullopt : rate_in(setting.substr(colon + 1));
  if (found == tables.end() || (colon != setting.npos && !rate)) {
    return Error{Code::usage, fmt::format("--quota {}: that is no table of this provider's limits", setting),
                 fmt::format("use {}, or NAME:UNITS[/TIME] for another number of units", names_of(tables))};
  }
  QuotaTable table = *found;
  if (rate) {
    table.units = rate->units;
    table.window = rate->window.value_or(table.window);
    table.reserve = std::min(table.reserve, rate->units / 10);
  }
  return table;
}

std::uint64_t messages_per_minute(const QuotaTable& table) {
  const auto window = static_cast<std::uint64_t>(std::max<milliseconds::rep>(1, table.window.count()));
  constexpr auto kMinute = static_cast<std::uint64_t>(milliseconds(std::chrono::minutes(1)).count());
  return std::max<std::uint64_t>(1, table.units * kMinute / window / std::max<std::uint64_t>(1, table.message));
}

}  // namespace mailmgr
