#include "cmd/output/stats_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <span>

#include "cmd/output/charts.h"
#include "cmd/output/figures.h"

namespace mailmgr::output {
namespace {

constexpr std::size_t kMostMonths = 36;
constexpr std::size_t kMostRows = 15;        // of a chart
constexpr std::size_t kMostTableRows = 100;  // of names; months are all there

constexpr std::string_view kStyle = R"css(
:root { color-scheme: light dark; --paper: #ffffff; --card: #f6f7f9; --ink: #1b1f24; --soft: #57606a; --line: #d8dee4;
  --bar: #2f6fb0; --rail: #e6ebf0; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14171a; --card: #1d2126; --ink: #e6e9ec; --soft: #a3adb8; --line: #39414a; --bar: #6ea8e0;
    --rail: #2a3037; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.45 system-ui, sans-serif; }
main { max-width: 64rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; }
h2 { font-size: 1.1rem; margin: 0 0 .75rem; }
p.about { color: var(--soft); margin: 0 0 1.25rem; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(7.5rem, 1fr)); gap: .75rem; margin: 0 0 1.25rem; }
dl div { display: flex; flex-direction: column; justify-content: space-between; }
dl div, section { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; }
dt { color: var(--soft); font-size: .85rem; }
dd { margin: 0; font-size: 1.25rem; font-variant-numeric: tabular-nums; white-space: nowrap; }
small { font-size: .75em; color: var(--soft); }
section { margin: 0 0 1.25rem; padding: 1rem; }
.plot { padding-left: 4.2rem; padding-right: 1.5rem; }
svg { display: block; }
svg.columns { overflow: visible; }
svg text { fill: var(--ink); font-size: 13px; font-variant-numeric: tabular-nums; }
svg text.tick { fill: var(--soft); font-size: 12px; }
svg text.value { fill: var(--soft); }
.bar { fill: var(--bar); }
.rail { fill: var(--rail); }
.grid { stroke: var(--line); }
.axis { stroke: var(--soft); }
details { margin-top: .75rem; }
summary { color: var(--soft); cursor: pointer; font-size: .9rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin-top: .5rem; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
thead th { color: var(--soft); font-weight: 600; }
tbody th { font-weight: 400; }
@media (max-width: 40rem) { .wide { display: none; } main { padding: 1rem .75rem 2rem; } section { padding: .75rem; } }
)css";

std::string answer_text(const std::optional<std::chrono::seconds>& time) {
  return time ? duration_text(*time) : std::string("–");
}

std::string shown_key(const std::string& key) {
  return key.empty() ? "(none)" : key;
}

std::string tile(std::string_view name, const std::string& value) {
  return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, value);
}

std::string tiles(const Tally& total) {
  const auto share = total.received > 0 ? total.answered * 100 / total.received : 0;
  return "<dl>\n" + tile("Messages", count_text(total.messages)) + tile("Size", size_text(total.bytes)) +
         tile("Unread", count_text(total.unread)) + tile("Received", count_text(total.received)) +
         tile("Answered", fmt::format("{} <small>{}%</small>", count_text(total.answered), share)) +
         tile("Half answered within", answer_text(total.median_answer)) +
         tile("Nine in ten within", answer_text(total.p90_answer)) + "</dl>\n";
}

std::string table(std::string_view what, std::span<const TallyRow> rows) {
  std::string html = fmt::format(
      "<details><summary>As a table</summary><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\">"
      "<table><thead><tr><th scope=\"col\">{0}</th><th scope=\"col\">Messages</th><th scope=\"col\">Size</th>"
      "<th scope=\"col\">Unread</th><th scope=\"col\">Answered</th><th scope=\"col\">Half within</th>"
      "<th scope=\"col\">Nine in ten within</th></tr></thead><tbody>\n",
      what);
  for (const auto& [key, tally] : rows) {
    html += fmt::format(
        "<tr><th "
        "scope=\"row\"><bdi>{}</bdi></th><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
        page_text(shown_key(key)), count_text(tally.messages), size_text(tally.bytes), count_text(tally.unread),
        count_text(tally.answered), answer_text(tally.median_answer), answer_text(tally.p90_answer));
  }
  return html + "</tbody></table></div></details>\n";
}

std::string section(const Chart& chart, const std::string& svg, const std::string& below) {
  return fmt::format("<section><h2>{}</h2>\n{}{}</section>\n", chart.title, svg, below);
}

std::uint64_t value_of(const Tally& tally, Scale scale) {
  switch (scale) {
    case Scale::bytes:
      return tally.bytes;
    case Scale::seconds:
      return static_cast<std::uint64_t>(tally.median_answer.value_or(std::chrono::seconds(0)).count());
    case Scale::count:
      break;
  }
  return tally.messages;
}

// Months since year 0, or nothing for what is none.
std::optional<int> month_number(const std::string& key) {
  int year = 0, month = 0;
  const auto* text = key.data();
  if (key.size() != 7 || key[4] != '-') return std::nullopt;
  if (std::from_chars(text, text + 4, year).ptr != text + 4) return std::nullopt;
  if (std::from_chars(text + 5, text + 7, month).ptr != text + 7) return std::nullopt;
  return year * 12 + month - 1;
}

// Those of the last three years that have mail.
std::vector<TallyRow> latest_months(const std::vector<TallyRow>& months) {
  std::vector<TallyRow> latest;
  const auto last = months.empty() ? std::nullopt : month_number(months.back().key);
  for (const auto& month : months) {
    const auto number = month_number(month.key);
    if (last && number && *number > *last - static_cast<int>(kMostMonths)) latest.push_back(month);
  }
  return latest;
}

std::string month_sections(const std::vector<TallyRow>& months) {
  const auto axis = months_for_axis(months);
  const bool years = !axis.empty() && axis.front().key.size() == 4;
  const std::string_view by = years ? "year" : "month";
  std::string html;
  for (const auto& [id, what, scale] : {std::tuple{"months", "Messages by", Scale::count},
                                        {"month-bytes", "Size by", Scale::bytes},
                                        {"month-answers", "Half of the answers within, by", Scale::seconds}}) {
    // A year's median is not made of its months': of these the latest are shown.
    const bool latest = years && scale == Scale::seconds;
    Chart chart{id, fmt::format("{} {}", what, latest ? "month" : by), scale, {}};
    for (const auto& [key, tally] : latest ? months_for_axis(latest_months(months)) : axis)
      chart.bars.push_back({key, value_of(tally, scale)});
    const bool empty = std::all_of(chart.bars.begin(), chart.bars.end(), [](const Bar& bar) { return bar.value == 0; });
    if (empty) continue;
    html += section(chart, "<div class=\"plot\">" + columns_svg(chart) + "</div>",
                    scale == Scale::count ? table("Month", months) : "");
  }
  return html;
}

std::string name_section(Dimension dimension, const std::vector<TallyRow>& rows) {
  constexpr std::string_view kTitles[] = {"", "Received from", "Received from domains",
                                          "Messages in folders and labels"};
  constexpr std::string_view kColumns[] = {"", "Sender", "Domain", "Folder"};
  const auto which = static_cast<std::size_t>(dimension);
  Chart chart{fmt::format("{}s", to_string(dimension)), std::string(kTitles[which]), Scale::count, {}};
  for (std::size_t i = 0; i < rows.size() && i < kMostRows; ++i) {
    chart.bars.push_back({shown_key(rows[i].key), rows[i].tally.messages});
  }
  if (rows.size() > kMostRows) chart.title += fmt::format(": the first {} of {}", kMostRows, rows.size());
  if (rows.empty()) return {};
  const std::span<const TallyRow> all(rows);
  return section(chart, rows_svg(chart), table(kColumns[which], all.first(std::min(all.size(), kMostTableRows))));
}

}  // namespace

std::vector<TallyRow> months_for_axis(const std::vector<TallyRow>& months) {
  std::map<int, Tally> by_month, by_year;
  for (const auto& [key, tally] : months) {
    const auto number = month_number(key);
    if (!number) continue;
    by_month[*number] = tally;
    auto& year = by_year[*number / 12];
    year.messages += tally.messages;
    year.bytes += tally.bytes;
  }
  if (by_month.empty()) return {};
  std::vector<TallyRow> axis;
  const int first = by_month.begin()->first, last = by_month.rbegin()->first;
  if (last - first < static_cast<int>(kMostMonths)) {
    for (int month = first; month <= last; ++month) {
      axis.push_back({fmt::format("{:04}-{:02}", month / 12, month % 12 + 1), by_month[month]});
    }
    return axis;
  }
  // A message that claims to be from 1970 must not push all others into a corner.
  const int last_year = last / 12, first_year = std::max(first / 12, last_year - static_cast<int>(kMostMonths) + 1);
  for (int year = first_year; year <= last_year; ++year) axis.push_back({fmt::format("{:04}", year), by_year[year]});
  return axis;
}

std::string stats_page(const StatsPage& page) {
  std::string accounts;
  for (const auto& account : page.accounts) accounts += (accounts.empty() ? "" : ", ") + page_text(account);
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n{}\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri "
      "'none'; form-action 'none'\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"referrer\" content=\"no-referrer\">\n<title>Mail statistics</title>\n<style>{}</style>\n</head>\n"
      "<body>\n<main>\n<h1>Mail statistics</h1>\n<p class=\"about\">{}{}{}. Made on {}.</p>\n",
      kPageMark, kStyle, accounts, page.scope.empty() ? "" : "; ", page_text(page.scope), to_local_date(page.made));
  html += tiles(page.statistics.total);
  for (const auto& [dimension, rows] : page.statistics.rows) {
    html += dimension == Dimension::month ? month_sections(rows) : name_section(dimension, rows);
  }
  return html + "</main>\n</body>\n</html>\n";
}

}  // namespace mailmgr::output
