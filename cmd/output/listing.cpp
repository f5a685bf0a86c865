#include "cmd/output/listing.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "cmd/output/table.h"
#include "cmd/output/terminal.h"
#include "core/base/time.h"

namespace mailmgr::output {

using Json = nlohmann::ordered_json;

namespace {

constexpr const char* kId = "id";

}  // namespace

struct Listing::Line {
  std::vector<std::string> cells;
  bool emphasised = false;
};

Listing::Listing(std::ostream& out, Form form, std::size_t terminal_columns, bool bold, std::vector<Column> columns)
    : out_(out), form_(form), terminal_columns_(terminal_columns), bold_(bold), columns_(std::move(columns)) {
  const auto is_id = [](const Column& column) { return column.key == kId; };
  if (!columns_.empty()) id_key_ = columns_.front().key;
  if (std::any_of(columns_.begin(), columns_.end(), is_id)) id_key_ = kId;
}

Listing::~Listing() {
  finish();
}

Status Listing::choose(const std::vector<std::string>& fields, const std::vector<std::string>& more_keys) {
  if (std::find(more_keys.begin(), more_keys.end(), kId) != more_keys.end()) id_key_ = kId;
  if (fields.empty()) return {};
  std::vector<Column> chosen;
  for (const auto& key : fields) {
    const auto column =
        std::find_if(columns_.begin(), columns_.end(), [&](const Column& known) { return known.key == key; });
    const bool known_key = std::find(more_keys.begin(), more_keys.end(), key) != more_keys.end();
    if (column == columns_.end() && !known_key) {
      std::vector<std::string> known;
      for (const auto& c : columns_) known.push_back(c.key);
      for (const auto& more : more_keys) {
        if (std::find(known.begin(), known.end(), more) == known.end()) known.push_back(more);
      }
      return Error{Code::usage, fmt::format("--fields: there is no \"{}\"", key),
                   fmt::format("choose from: {}", fmt::join(known, ", "))};
    }
    chosen.push_back(column != columns_.end() ? *column : Column{key, key, 40});
    if (chosen.back().title.empty()) chosen.back().title = key;
  }
  columns_ = std::move(chosen);
  chosen_ = true;
  return {};
}

bool Listing::row(const Json& row, bool emphasised) {
  ++rows_;
  switch (form_) {
    case Form::table: {
      Line line{{}, emphasised};
      for (const auto& column : columns_) {
        if (!column.title.empty()) line.cells.push_back(cell(column, row));
      }
      lines_.push_back(std::move(line));
      return true;
    }
    case Form::plain:
      print_plain(row);
      break;
    case Form::json:
      print_json(row);
      break;
    case Form::ids:
      print_id(row);
      break;
  }
  return out_.good();
}

std::string Listing::cell(const Column& column, const Json& row) const {
  if (column.text && form_ == Form::table) return one_line(column.text(row));
  const auto found = row.find(column.key);
  return found == row.end() ? "" : as_text(*found);
}

void Listing::print_plain(const Json& row) {
  bool first = true;
  for (const auto& column : columns_) {
    if (!first) out_ << '\t';
    first = false;
    out_ << cell(column, row);
  }
  out_ << '\n';
}

void Listing::print_json(const Json& row) {
  if (!chosen_) {
    out_ << as_json(row) << '\n';
    return;
  }
  Json chosen = Json::object();
  for (const auto& column : columns_) {
    if (row.contains(column.key)) chosen[column.key] = row[column.key];
  }
  if (!chosen.empty()) out_ << as_json(chosen) << '\n';  // a summary among the rows has other keys
}

void Listing::print_id(const Json& row) {
  if (row.contains(id_key_)) out_ << as_text(row[id_key_]) << '\n';
}

// Each column as wide as its longest cell, up to its maximum. Dates, numbers and words of a known length are of no use
// when they are cut; of a subject it takes some more than of a name to know it again.
std::vector<std::size_t> Listing::widths() const {
  constexpr std::size_t kNeverCut = 20;  // a time in RFC 3339
  constexpr std::size_t kName = 8;
  constexpr std::size_t kSubject = 18;
  std::vector<TableColumn> needs;
  for (const auto& column : columns_) {
    if (column.title.empty()) continue;
    TableColumn need{width(column.title), 0, column.max_width == 0, chosen_ ? 0 : column.spare};
    for (const auto& line : lines_) need.longest = std::max(need.longest, width(line.cells[needs.size()]));
    if (!need.flexible) need.longest = std::min(need.longest, std::max(column.max_width, width(column.title)));
    const bool never_cut = !need.flexible && (column.max_width <= kNeverCut || column.right);
    need.least = never_cut ? need.longest : std::min(need.longest, need.flexible ? kSubject : kName);
    needs.push_back(need);
  }
  return column_widths(needs, terminal_columns_);
}

void Listing::finish() {
  if (form_ != Form::table || lines_.empty()) return;
  const auto columns = widths();
  const auto print = [&](const std::vector<std::string>& cells, bool header) {
    std::string text;
    std::size_t index = 0;
    for (const auto& column : columns_) {
      if (column.title.empty()) continue;
      const std::size_t wanted = columns[index];
      const std::string& value = header ? column.title : cells[index];
      ++index;
      if (wanted == 0) continue;
      const std::size_t taken = std::min(width(value), wanted);
      if (column.right) text.append(wanted - taken, ' ');
      text += column.right ? cut(value, wanted) : fit(value, wanted);
      text.append(kColumnGap, ' ');
    }
    while (!text.empty() && text.back() == ' ') text.pop_back();
    return cut(text, terminal_columns_);
  };
  out_ << print({}, true) << '\n';
  for (const auto& line : lines_) {
    const std::string text = print(line.cells, false);
    out_ << (line.emphasised && bold_ ? "\x1b[1m" + text + "\x1b[0m" : text) << '\n';
  }
  lines_.clear();
}

std::string local_time(const Json& row, const char* key) {
  const auto found = row.find(key);
  const auto time =
      found != row.end() && found->is_string() ? from_rfc3339(found->get_ref<const std::string&>()) : std::nullopt;
  return time ? to_local_date(*time) : "";
}

std::string as_text(const Json& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return one_line(value.get_ref<const std::string&>());
  if (value.is_array()) {
    std::string joined;
    for (const auto& item : value) joined += (joined.empty() ? "" : ", ") + as_text(item);
    return joined;
  }
  if (value.is_object() && value.contains("address")) {
    const std::string name = as_text(value.value("name", Json("")));
    const std::string address = as_text(value["address"]);
    return name.empty() ? address : fmt::format("{} <{}>", name, address);
  }
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  return one_line(as_json(value));
}

std::string as_json(const Json& value) {
  return safe_json(value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace mailmgr::output
