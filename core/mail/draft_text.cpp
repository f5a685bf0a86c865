#include "core/mail/draft_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <sstream>

#include "core/base/encoding.h"
#include "core/base/lines.h"
#include "core/mail/compose.h"
#include "core/mail/extra_header.h"

namespace mailmgr {
namespace {

std::string_view without_blanks(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  return text.substr(0, text.find_last_not_of(" \t") + 1);
}

// The next line without its line break, which may be CRLF; `rest` goes on after it.
std::string_view next_draft_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  auto line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

Error bad_draft_line(int number, std::string_view what) {
  return {Code::usage, fmt::format("reading the draft, line {}: {}", number, what),
          "header lines are From, To, Cc, Bcc, Reply-To, Subject, Attach and Header; an empty line ends them"};
}

std::vector<Address>* draft_people(DraftText& draft, std::string_view name) {
  if (equals_ignoring_ascii_case(name, "from")) return &draft.from;
  if (equals_ignoring_ascii_case(name, "to")) return &draft.to;
  if (equals_ignoring_ascii_case(name, "cc")) return &draft.cc;
  if (equals_ignoring_ascii_case(name, "bcc")) return &draft.bcc;
  if (equals_ignoring_ascii_case(name, "reply-to")) return &draft.reply_to;
  return nullptr;
}

constexpr std::string_view kTieFields[] = {"In-Reply-To", "References", "Thread-Id", "Thread-Topic"};

bool is_draft_message_id(std::string_view word) {
  return word.size() > 2 && word.starts_with('<') && word.ends_with('>') &&
         std::all_of(word.begin(), word.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

// nullopt: it is another field.
std::optional<Status> read_tie_field(DraftTie& tie, int number, std::string_view name, const std::string& value) {
  const auto is = [&](std::size_t field) { return equals_ignoring_ascii_case(name, kTieFields[field]); };
  if (is(2)) tie.thread = value;
  if (is(3)) tie.topic = value;
  if (!is(0) && !is(1)) return is(2) || is(3) ? std::optional<Status>(Status()) : std::nullopt;
  std::istringstream words(value);
  for (std::string word; words >> word;) {
    if (!is_draft_message_id(word)) return bad_draft_line(number, fmt::format("\"{}\" is no message id", word));
    if (is(0)) tie.in_reply_to = word;
    if (is(1)) tie.references.push_back(word);
  }
  return Status();
}

Status read_draft_field(DraftText& draft, int number, std::string_view name, const std::string& value) {
  if (auto* people = draft_people(draft, name)) {
    if (value.empty()) return {};
    auto parsed = parse_addresses(value);
    if (!parsed) return bad_draft_line(number, parsed.error().message);
    people->insert(people->end(), std::make_move_iterator(parsed->begin()), std::make_move_iterator(parsed->end()));
    return people != &draft.from || people->size() == 1 ? Status() : bad_draft_line(number, "From takes one address");
  }
  if (auto read = read_tie_field(draft.tie, number, name, value)) return *read;
  if (equals_ignoring_ascii_case(name, "subject")) {
    draft.subject = value;
  } else if (equals_ignoring_ascii_case(name, "attach")) {
    if (!value.empty()) draft.attach.push_back(value);
  } else if (equals_ignoring_ascii_case(name, "header")) {
    if (value.empty()) return {};
    auto header = parse_extra_header(value);
    if (!header) return bad_draft_line(number, header.error().message);
    draft.headers.push_back(*std::move(header));
  } else {
    return bad_draft_line(number, fmt::format("there is no field \"{}\"", name));
  }
  return {};
}

std::string on_one_draft_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r' || c == '\0'; }, ' ');
  return text;
}

}  // namespace

std::string to_text(const DraftText& draft) {
  std::string text;
  const auto line = [&](std::string_view name, const std::string& value) {
    text += value.empty() ? fmt::format("{}:\n", name) : fmt::format("{}: {}\n", name, on_one_draft_line(value));
  };
  const auto& tie = draft.tie;
  if (!tie.in_reply_to.empty()) line(kTieFields[0], tie.in_reply_to);
  if (!tie.references.empty()) line(kTieFields[1], fmt::format("{}", fmt::join(tie.references, " ")));
  if (!tie.thread.empty()) line(kTieFields[2], tie.thread);
  if (!tie.topic.empty()) line(kTieFields[3], tie.topic);
  line("From", to_string(draft.from));
  line("To", to_string(draft.to));
  line("Cc", to_string(draft.cc));
  if (!draft.bcc.empty()) line("Bcc", to_string(draft.bcc));
  if (!draft.reply_to.empty()) line("Reply-To", to_string(draft.reply_to));
  line("Subject", draft.subject);
  for (const auto& path : draft.attach) line("Attach", path);
  for (const auto& [name, value] : draft.headers) line("Header", fmt::format("{}: {}", name, value));
  return text + "\n" + draft.body;
}

std::string_view tie_of(std::string_view text) {
  auto rest = text;
  while (!rest.empty()) {
    auto after = rest;
    const auto line = next_draft_line(after);
    const bool is_tie = std::any_of(std::begin(kTieFields), std::end(kTieFields), [&](std::string_view name) {
      return line.size() > name.size() && line[name.size()] == ':' &&
             equals_ignoring_ascii_case(line.substr(0, name.size()), name);
    });
    if (!is_tie) break;
    rest = after;
  }
  return text.substr(0, text.size() - rest.size());
}

Result<DraftText> parse_draft_text(std::string_view text) {
  if (!is_valid_utf8(text)) return Error{Code::usage, "reading the draft: it is not UTF-8", ""};
  DraftText draft;
  std::string_view rest = text;
  int number = 0;
  while (!rest.empty()) {
    const auto line = next_draft_line(rest);
    const int first = ++number;
    if (without_blanks(line).empty()) break;
    const auto colon = line.find(':');
    if (colon == std::string_view::npos)
      return bad_draft_line(first, "it is no header line, and no empty line ended them");
    std::string value(without_blanks(line.substr(colon + 1)));
    while (rest.starts_with(' ') || rest.starts_with('\t')) {
      auto after = rest;
      const auto more = without_blanks(next_draft_line(after));
      if (more.empty()) break;
      value += (value.empty() ? "" : " ") + std::string(more);
      rest = after;
      ++number;
    }
    if (auto read = read_draft_field(draft, first, without_blanks(line.substr(0, colon)), value); !read)
      return read.error();
  }
  draft.body.reserve(rest.size());
  while (!rest.empty()) {
    const bool ends = rest.find('\n') != std::string_view::npos;
    draft.body += next_draft_line(rest);
    if (ends) draft.body += '\n';
  }
  return draft;
}

}  // namespace mailmgr
