#include "cmd/output/figures.h"

#include <fmt/format.h>

#include <algorithm>

namespace mailmgr::output {

std::string count_text(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string size_text(std::uint64_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  constexpr const char* kUnits[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
  double value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  // What would be written as 1000 is one of the next unit.
  while (value >= 999.5 && unit + 1 < std::size(kUnits)) {
    value /= 1000;
    ++unit;
  }
  return value < 9.95 ? fmt::format("{:.1f} {}", value, kUnits[unit]) : fmt::format("{:.0f} {}", value, kUnits[unit]);
}

std::string duration_text(std::chrono::seconds time) {
  struct Unit {
    std::int64_t seconds;
    const char* name;
  };
  constexpr Unit kUnits[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
  const auto all = std::max<std::int64_t>(0, time.count());
  for (std::size_t i = 0; i < std::size(kUnits); ++i) {
    const auto [seconds, name] = kUnits[i];
    if (all < seconds) continue;
    const auto rest = i + 1 < std::size(kUnits) ? all % seconds / kUnits[i + 1].seconds : 0;
    const auto first = fmt::format("{} {}", all / seconds, name);
    return rest == 0 ? first : fmt::format("{} {} {}", first, rest, kUnits[i + 1].name);
  }
  return "0 s";
}

std::string bar(std::uint64_t value, std::uint64_t most, std::size_t columns) {
  if (value == 0 || most == 0) return {};
  // In eighths of a column.
  const double share = std::min(1.0, static_cast<double>(value) / static_cast<double>(most));
  const auto eighths =
      std::max<std::size_t>(1, static_cast<std::size_t>(share * static_cast<double>(columns) * 8 + 0.5));
  constexpr const char* kParts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  std::string text;
  for (std::size_t i = 0; i < eighths / 8; ++i) text += "█";
  return text + kParts[eighths % 8];
}

}  // namespace mailmgr::output
