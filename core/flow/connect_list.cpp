#include "core/flow/connect_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "core/base/encoding.h"
#include "core/csv/csv.h"
#include "core/flow/list_problems.h"

namespace mailmgr {
namespace {

constexpr std::array<std::string_view, 3> kColumns{"email", "name", "since"};

// Where each of kColumns stands in a row.
using Layout = std::array<std::optional<std::size_t>, kColumns.size()>;

bool is_header(const CsvRow& row) {
  return row.fields.front().find('@') == std::string::npos;
}

Result<Layout> read_header(const CsvRow& row) {
  Layout layout;
  for (std::size_t i = 0; i < row.fields.size(); ++i) {
    const auto* column = std::find(kColumns.begin(), kColumns.end(), to_lower_ascii(row.fields[i]));
    if (column == kColumns.end() || layout[static_cast<std::size_t>(column - kColumns.begin())]) {
      return Error{Code::usage, fmt::format("line {}: no such column, or twice: \"{}\"", row.line, row.fields[i]),
                   "the columns are email, name and since"};
    }
    layout[static_cast<std::size_t>(column - kColumns.begin())] = i;
  }
  if (layout[0]) return layout;
  return Error{Code::usage, fmt::format("line {}: there is no column \"email\"", row.line),
               "the columns are email, name and since"};
}

class ListReader {
 public:
  ListReader(const std::string& provider, const ConnectWorld& world) : provider_(provider), world_(world) {}

  Result<std::vector<ConnectPlan>> read(const std::vector<CsvRow>& rows) {
    Layout layout{0, 1, 2};
    const bool header = !rows.empty() && is_header(rows.front());
    if (header) {
      const auto read = read_header(rows.front());
      if (!read) return read.error();
      layout = *read;
    }
    std::vector<ConnectPlan> plans;
    for (auto row = rows.begin() + (header ? 1 : 0); row != rows.end(); ++row) {
      auto plan = plan_row(*row, layout);
      if (plan) {
        plans.push_back(std::move(*plan));
      } else if (const Status noted = note(*row, plan.error()); !noted) {
        return noted.error();
      }
    }
    if (problems_.empty()) return plans;
    return problems_.error("correct these lines and run it again: nothing was connected");
  }

 private:
  // What is wrong with a row is collected; other errors would meet every row.
  Status note(const CsvRow& row, const Error& error) {
    if (error.code != Code::usage) return error;
    problems_.add(row.line, error.message);
    return {};
  }

  Result<ConnectPlan> plan_row(const CsvRow& row, const Layout& layout) {
    const auto field = [&](std::size_t column) {
      const auto at = layout[column];
      return at && *at < row.fields.size() ? row.fields[*at] : std::string();
    };
    if (row.fields.size() > kColumns.size()) return Error{Code::usage, "too many fields"};
    ConnectRequest request;
    request.email = field(0);
    request.name = field(1);
    request.provider = provider_;
    if (const std::string since = field(2); !since.empty()) {
      const auto date = parse_date(since, world_.clock.now());
      if (!date) return date.error();
      request.since = *date;
      request.set_since = true;
    }
    if (!emails_.insert(to_lower_ascii(request.email)).second) {
      return Error{Code::usage, fmt::format("{} is there twice", request.email)};
    }
    if (!names_.insert(request.name.empty() ? request.email : request.name).second) {
      return Error{Code::usage, fmt::format("the name {} is there twice", request.name)};
    }
    return plan_connect(request, world_);
  }

  const std::string& provider_;
  const ConnectWorld& world_;
  std::set<std::string> emails_, names_;
  ListProblems problems_;
};

}  // namespace

Result<std::vector<ConnectPlan>> plan_connect_list(std::string_view csv, const std::string& provider,
                                                   const ConnectWorld& world) {
  const auto rows = read_csv(csv);
  if (!rows) return rows.error();
  return ListReader(provider, world).read(*rows);
}

}  // namespace mailmgr
