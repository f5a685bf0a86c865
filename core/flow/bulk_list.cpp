#include "core/flow/bulk_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "core/base/encoding.h"
#include "core/csv/csv.h"
#include "core/flow/list_problems.h"
#include "core/mail/compose.h"

namespace mailmgr {
namespace {

constexpr std::size_t kMaxColumns = 1000;
constexpr std::size_t kMaxKey = 400;

constexpr std::array<std::string_view, 5> kReserved{"to", "cc", "bcc", "subject", "attach"};

struct Header {
  std::array<std::optional<std::size_t>, kReserved.size()> reserved;
  std::vector<std::pair<std::size_t, std::string>> variables;
  std::optional<std::size_t> key;
  std::size_t columns = 0;
};

Error wrong_header(const CsvRow& row, const std::string& problem) {
  return {Code::usage, fmt::format("line {}: {}", row.line, problem),
          "the first line names the columns: to, cc, bcc, subject, attach, and the template's variables"};
}

Result<Header> read_header(const CsvRow& row, const std::string& key_column) {
  if (row.fields.size() > kMaxColumns) {
    return wrong_header(row, fmt::format("{} columns; at most {} are read", row.fields.size(), kMaxColumns));
  }
  Header header;
  header.columns = row.fields.size();
  std::map<std::string, bool> seen;
  for (std::size_t i = 0; i < row.fields.size(); ++i) {
    const auto& name = row.fields[i];
    const auto* reserved = std::find(kReserved.begin(), kReserved.end(), to_lower_ascii(name));
    const bool is_reserved = reserved != kReserved.end();
    if (!is_reserved && !is_variable_name(name)) {
      return wrong_header(row, fmt::format("\"{}\" cannot be the name of a column", name));
    }
    if (!seen.emplace(is_reserved ? std::string(*reserved) : name, true).second) {
      return wrong_header(row, fmt::format("the column \"{}\" is there twice", name));
    }
    if (is_reserved) {
      header.reserved[static_cast<std::size_t>(reserved - kReserved.begin())] = i;
    } else {
      header.variables.emplace_back(i, name);
    }
    if (!key_column.empty() && name == key_column) header.key = i;
  }
  if (!header.reserved[0]) return wrong_header(row, "there is no column \"to\"");
  if (!key_column.empty() && !header.key) {
    return wrong_header(row, fmt::format("there is no column \"{}\", which is to be the key of rows", key_column));
  }
  return header;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty()) {
    const auto end = std::min(text.find(';'), text.size());
    auto part = text.substr(0, end);
    while (!part.empty() && is_blank(part.front())) part.remove_prefix(1);
    while (!part.empty() && is_blank(part.back())) part.remove_suffix(1);
    if (!part.empty()) parts.emplace_back(part);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

Status read_people(const std::string& cell, std::string_view column, std::vector<Address>& people) {
  for (const auto& part : split_list(cell)) {
    auto parsed = parse_addresses(part);
    if (!parsed) return parsed.error().within(std::string(column));
    people.insert(people.end(), parsed->begin(), parsed->end());
  }
  return {};
}

// Whom a row goes to, whatever the order and the case.
std::string key_of(const std::vector<Address>& to) {
  std::vector<std::string> emails;
  for (const auto& address : to) emails.push_back(to_lower_ascii(address.email));
  std::sort(emails.begin(), emails.end());
  return fmt::format("{}", fmt::join(emails, ";"));
}

Result<BulkListRow> read_row(const CsvRow& row, const Header& header) {
  if (row.fields.size() != header.columns) {
    return Error{Code::usage, fmt::format("{} fields, but the header has {}", row.fields.size(), header.columns)};
  }
  const auto cell = [&](std::size_t reserved) {
    return header.reserved[reserved] ? row.fields[*header.reserved[reserved]] : std::string();
  };
  BulkListRow read;
  read.line = row.line;
  for (auto [column, people] : {std::pair{0, &read.to}, std::pair{1, &read.cc}, std::pair{2, &read.bcc}}) {
    const auto at = static_cast<std::size_t>(column);
    if (auto parsed = read_people(cell(at), kReserved[at], *people); !parsed) return parsed.error();
  }
  if (read.to.empty()) return Error{Code::usage, "nobody to send it to"};
  read.subject = cell(3);
  read.attach = split_list(cell(4));
  for (const auto& [column, name] : header.variables) read.values.emplace(name, row.fields[column]);
  read.key = header.key ? row.fields[*header.key] : key_of(read.to);
  if (read.key.empty()) return Error{Code::usage, "its key is empty"};
  if (read.key.size() > kMaxKey) return Error{Code::usage, fmt::format("its key has more than {} bytes", kMaxKey)};
  return read;
}

}  // namespace

Result<std::vector<BulkListRow>> read_bulk_list(std::string_view csv, const std::string& key_column) {
  const auto rows = read_csv(csv);
  if (!rows) return rows.error();
  if (rows->empty()) return Error{Code::usage, "the list is empty: not even a line that names its columns"};
  const auto header = read_header(rows->front(), key_column);
  if (!header) return header.error();

  std::vector<BulkListRow> list;
  ListProblems problems;
  std::map<std::string, std::size_t> lines;      // of keys
  std::map<std::string, std::size_t> addressed;  // of single addresses
  for (auto row = rows->begin() + 1; row != rows->end(); ++row) {
    auto read = read_row(*row, *header);
    if (!read) {
      problems.add(row->line, read.error().message);
      continue;
    }
    const auto [known, is_new] = lines.emplace(read->key, read->line);
    if (!is_new) problems.add(row->line, fmt::format("the same key as line {}: {}", known->second, read->key));
    if (is_new && !header->key) {
      for (const auto& address : read->to) {
        const auto [before, first] = addressed.emplace(to_lower_ascii(address.email), read->line);
        if (first || before->second == read->line) continue;
        problems.add(row->line, fmt::format("{} is there already, in line {}", address.email, before->second));
        break;
      }
    }
    list.push_back(*std::move(read));
  }
  if (problems.empty()) return list;
  return problems.error(
      "correct these lines and run it again: nothing was sent. Where equal addresses are meant, "
      "--row-key COLUMN tells the rows apart");
}

}  // namespace mailmgr
