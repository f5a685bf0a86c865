#include "cmd/output/progress.h"

#include <fmt/format.h>

#include <ostream>

#include "cmd/output/terminal.h"

namespace mailmgr::output {
namespace {

constexpr auto kBetweenUpdates = std::chrono::milliseconds(200);

std::string duration(std::uint64_t seconds) {
  if (seconds < 90) return fmt::format("{} s", seconds);
  if (seconds < 90 * 60) return fmt::format("{} min", (seconds + 30) / 60);
  return fmt::format("{} h {:02} min", seconds / 3600, seconds % 3600 / 60);
}

std::string amount(double count, Unit unit) {
  return unit == Unit::bytes ? fmt::format("{:.1f} MB", count / 1e6) : fmt::format("{:.0f}", count);
}

}  // namespace

Progress::~Progress() {
  if (shown_) err_ << "\r\x1b[K" << std::flush;
}

void Progress::show(std::uint64_t done, std::uint64_t remaining) {
  const auto now = std::chrono::steady_clock::now();
  if (!enabled_ || now - last_ < kBetweenUpdates) return;
  last_ = now;
  shown_ = true;
  const double seconds = std::chrono::duration<double>(now - started_).count();
  const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  std::string line = fmt::format("{}: {}{}", one_line(name_), amount(static_cast<double>(done), unit_),
                                 unit_ == Unit::messages ? " messages" : "");
  if (remaining > 0) line += fmt::format(", {} left", amount(static_cast<double>(remaining), unit_));
  if (rate > 0.1) line += fmt::format(", {}/s", amount(rate, unit_));
  if (rate > 0.1 && remaining > 0) {
    line += fmt::format(", about {} more", duration(static_cast<std::uint64_t>(static_cast<double>(remaining) / rate)));
  }
  err_ << '\r' << cut(line, terminal_columns() - 1) << "\x1b[K" << std::flush;
}

ByteProgress Progress::bytes() {
  return [this](std::string_view doing, std::uint64_t done, std::uint64_t total) {
    if (name_ != doing) {
      name_ = doing;
      started_ = std::chrono::steady_clock::now();
    }
    show(done, total > done ? total - done : 0);
  };
}

}  // namespace mailmgr::output
