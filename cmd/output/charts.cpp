#include "cmd/output/charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "cmd/output/figures.h"
#include "cmd/output/terminal.h"
#include "core/mail/html_escape.h"

namespace mailmgr::output {
namespace {

constexpr int kPlotHeight = 180;  // pixels, of the bars' room
constexpr int kPlotTop = 12;
constexpr int kAxisHeight = 26;
constexpr int kRowHeight = 40;
constexpr std::size_t kLongestLabel = 60;  // columns; a page for people, and a name has no end
constexpr std::size_t kMostAxisLabels = 12, kMostNarrowLabels = 4;

double percent(double part, double whole) {
  return whole > 0 ? part * 100 / whole : 0;
}

// Steps that people count in: 1, 2 and 5 with zeros, but of a time by its own units.
std::uint64_t round_step(std::uint64_t at_least, Scale scale) {
  if (scale == Scale::seconds) {
    constexpr std::uint64_t kTimes[] = {1,    2,    5,    10,    15,    30,    60,    120,    300,    600,   900,
                                        1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 432000, 864000};
    for (const auto time : kTimes) {
      if (time >= at_least) return time;
    }
  }
  const std::uint64_t unit = scale == Scale::seconds ? 86400 : 1;
  for (std::uint64_t power = unit; power < UINT64_MAX / 100; power *= 10) {
    for (const std::uint64_t digit : {1, 2, 5}) {
      if (power * digit >= at_least) return power * digit;
    }
  }
  return at_least;
}

// Who uses no eyes hears what the chart is about; the numbers are in the table below it.
std::string svg_head(const Chart& chart, int height, const char* kind) {
  const auto title = mail::escape_html(chart.title);
  const Bar* most = nullptr;
  for (const auto& bar : chart.bars) {
    if (!most || bar.value > most->value) most = &bar;
  }
  const auto summary = most ? fmt::format("Bar chart of {} values. The largest is {}: {}.", chart.bars.size(),
                                          page_text(most->label), value_text(most->value, chart.scale))
                            : std::string("Bar chart without values.");
  return fmt::format(
      "<svg class=\"chart {0}\" id=\"{1}\" width=\"100%\" height=\"{2}\" role=\"img\" aria-labelledby=\"{1}-t {1}-d\">"
      "<title id=\"{1}-t\">{3}</title><desc id=\"{1}-d\">{4}</desc>\n",
      kind, chart.id, height, title, summary);
}

std::string grid(const Chart& chart, const std::vector<std::uint64_t>& marks) {
  std::string svg;
  const auto top = static_cast<double>(marks.back());
  for (const auto mark : marks) {
    const double y = kPlotTop + kPlotHeight - kPlotHeight * static_cast<double>(mark) / top;
    svg += fmt::format(
        "<line class=\"{}\" x1=\"0\" x2=\"100%\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>"
        "<text class=\"tick\" x=\"-8\" y=\"{:.1f}\" dy=\"0.35em\" text-anchor=\"end\">{}</text>\n",
        mark == 0 ? "axis" : "grid", y, y, y, value_text(mark, chart.scale));
  }
  return svg;
}

}  // namespace

std::string page_text(const std::string& text) {
  return mail::escape_html(cut(one_line(text), kLongestLabel));
}

std::string value_text(std::uint64_t value, Scale scale) {
  switch (scale) {
    case Scale::bytes:
      return size_text(value);
    case Scale::seconds:
      return duration_text(std::chrono::seconds(value));
    case Scale::count:
      break;
  }
  return count_text(value);
}

std::vector<std::uint64_t> ticks(std::uint64_t most, Scale scale) {
  constexpr std::uint64_t kSteps = 4;
  const auto step = round_step(std::max<std::uint64_t>(1, most / kSteps + (most % kSteps != 0 ? 1 : 0)), scale);
  std::vector<std::uint64_t> marks{0};
  while (marks.back() < most || marks.size() < 2) marks.push_back(marks.back() + step);
  return marks;
}

std::string columns_svg(const Chart& chart) {
  std::uint64_t most = 0;
  for (const auto& bar : chart.bars) most = std::max(most, bar.value);
  const auto marks = ticks(most, chart.scale);
  const auto top = static_cast<double>(marks.back());
  const auto count = static_cast<double>(chart.bars.size());
  std::string svg = svg_head(chart, kPlotTop + kPlotHeight + kAxisHeight, "columns") + grid(chart, marks);
  const auto every = [&](std::size_t labels) {
    return std::max<std::size_t>(1, (chart.bars.size() + labels - 1) / labels);
  };
  const auto step = every(kMostAxisLabels);
  // Those that stay on a narrow screen are some of those of a wide one.
  const auto narrow = (every(kMostNarrowLabels) + step - 1) / step * step;
  for (std::size_t i = 0; i < chart.bars.size(); ++i) {
    const auto& bar = chart.bars[i];
    const auto at = static_cast<double>(i);
    const double height = kPlotHeight * static_cast<double>(bar.value) / top;
    const auto label = page_text(bar.label);
    svg += fmt::format(
        "<rect class=\"bar\" x=\"{:.3f}%\" width=\"{:.3f}%\" y=\"{:.2f}\" height=\"{:.2f}\" data-value=\"{}\">"
        "<title>{}: {}</title></rect>\n",
        percent(at + 0.12, count), percent(0.76, count), kPlotTop + kPlotHeight - height, height, bar.value, label,
        value_text(bar.value, chart.scale));
    // Counted from the latest, which is the one people look for.
    const auto from_end = chart.bars.size() - 1 - i;
    if (from_end % step != 0) continue;
    svg += fmt::format("<text class=\"tick{}\" x=\"{:.3f}%\" y=\"{}\" text-anchor=\"middle\">{}</text>\n",
                       from_end % narrow == 0 ? "" : " wide", percent(at + 0.5, count), kPlotTop + kPlotHeight + 18,
                       label);
  }
  return svg + "</svg>\n";
}

std::string rows_svg(const Chart& chart) {
  std::uint64_t most = 1;
  for (const auto& bar : chart.bars) most = std::max(most, bar.value);
  std::string svg = svg_head(chart, static_cast<int>(chart.bars.size()) * kRowHeight, "rows");
  for (std::size_t i = 0; i < chart.bars.size(); ++i) {
    const auto& bar = chart.bars[i];
    const auto y = static_cast<int>(i) * kRowHeight;
    const auto label = page_text(bar.label);
    const auto value = value_text(bar.value, chart.scale);
    // The label in an SVG of its own, which cuts off what is too long for it.
    svg += fmt::format(
        "<svg x=\"0\" y=\"{0}\" width=\"76%\" height=\"20\"><text class=\"name\" x=\"0\" y=\"15\">{1}</text></svg>"
        "<text class=\"value\" x=\"100%\" y=\"{2}\" text-anchor=\"end\">{3}</text>"
        "<rect class=\"rail\" x=\"0\" width=\"100%\" y=\"{4}\" height=\"10\" rx=\"2\"/>"
        "<rect class=\"bar\" x=\"0\" width=\"{5:.3f}%\" y=\"{4}\" height=\"10\" rx=\"2\" data-value=\"{6}\">"
        "<title>{1}: {3}</title></rect>\n",
        y, label, y + 15, value, y + 22, percent(static_cast<double>(bar.value), static_cast<double>(most)), bar.value);
  }
  return svg + "</svg>\n";
}

}  // namespace mailmgr::output
