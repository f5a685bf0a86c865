#include "core/csv/csv.h"

#include <csv.h>
#include <fmt/format.h>

#include <algorithm>

#include "core/base/encoding.h"

namespace mailmgr {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr unsigned char kOptions = CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL | CSV_APPEND_NULL;

// Receives libcsv's events. A line end is one too, also of an empty line: that is how lines are counted.
struct Reader {
  std::vector<CsvRow> rows;
  CsvRow row;
  std::size_t line = 1;
  bool after_return = false;

  static void field(void* text, std::size_t size, void* reader) {
    static_cast<Reader*>(reader)->add({static_cast<const char*>(text), size});
  }
  static void end(int terminator, void* reader) { static_cast<Reader*>(reader)->end_line(terminator); }

  void add(std::string_view text) {
    if (row.fields.empty()) row.line = line;
    row.fields.emplace_back(text);
    line += static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    after_return = false;
  }

  void end_line(int terminator) {
    const bool second_half = terminator == '\n' && after_return && row.fields.empty();  // of CRLF
    after_return = terminator == '\r';
    if (second_half) return;
    ++line;
    if (row.fields.empty()) return;
    rows.push_back(std::move(row));
    row = {};
  }
};

Error bad(std::size_t line, std::string_view why) {
  return {Code::usage, fmt::format("line {}: {}", line, why),
          "fields with commas, quotes or line breaks go between \"…\", and a quote in them is written twice"};
}

std::size_t line_of(std::string_view text, std::size_t at) {
  return 1 + static_cast<std::size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
}

Status check_text(std::string_view text) {
  if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
    return Error{Code::usage, fmt::format("line {}: a NUL character (is this a spreadsheet file?)", line_of(text, nul)),
                 "save it as CSV, UTF-8"};
  }
  if (!is_valid_utf8(text)) {
    return Error{Code::usage, "the text is not UTF-8", "convert it, for instance with: iconv -f latin1 -t utf-8"};
  }
  return {};
}

}  // namespace

Result<std::vector<CsvRow>> read_csv(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (const Status good = check_text(text); !good) return good.error();
  csv_parser parser;
  if (csv_init(&parser, kOptions) != 0) return Error{Code::internal, "preparing to read CSV failed", ""};
  Reader reader;
  const std::size_t read = csv_parse(&parser, text.data(), text.size(), Reader::field, Reader::end, &reader);
  const bool ended = read == text.size() && csv_fini(&parser, Reader::field, Reader::end, &reader) == 0;
  const int problem = csv_error(&parser);
  csv_free(&parser);
  if (ended) return std::move(reader.rows);
  if (problem == CSV_ENOMEM || problem == CSV_ETOOBIG) return Error{Code::store, "reading CSV: out of memory", ""};
  const std::size_t line = reader.row.fields.empty() ? reader.line : reader.row.line;
  return bad(line, read < text.size() ? "a quotation mark in an unquoted field, or text after a quoted one"
                                      : "a quoted field does not end");
}

std::string csv_line(const std::vector<std::string>& fields) {
  std::string line;
  for (const auto& field : fields) {
    const bool is_formula =
        !field.empty() && std::string_view("=+-@\t\r").find(field.front()) != std::string_view::npos;
    const std::string safe = is_formula ? "'" + field : field;
    std::string quoted(2 * safe.size() + 2, '\0');  // as long as it can become
    quoted.resize(csv_write(quoted.data(), quoted.size(), safe.data(), safe.size()));
    line += (line.empty() ? "" : ",") + quoted;
  }
  return line + "\r\n";
}

}  // namespace mailmgr
