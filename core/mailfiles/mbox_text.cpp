#include "core/mailfiles/mbox_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <utility>

namespace mailmgr {
namespace {

constexpr std::string_view kFrom = "From ";
// In place of an address, which has an '@' and may begin so too: hence the blank.
constexpr std::string_view kNoFinalNewline = "no-final-newline ";
constexpr std::size_t kLongestSeparator = 1000;
constexpr std::size_t kTail = 4;
constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::string asctime(Time time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  return fmt::format("{} {} {:2} {:02}:{:02}:{:02} {:04}", kDays[std::chrono::weekday(day).c_encoding()],
                     kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     static_cast<int>(date.year()));
}

std::string separator_sender(std::string_view sender) {
  for (const char c : sender) {
    if (c <= ' ' || c == 0x7f) return "MAILER-DAEMON";
  }
  return sender.find('@') == sender.npos || sender.size() > 200 ? "MAILER-DAEMON" : std::string(sender);
}

// Whether a line that begins so is quoted, or would be: nullopt while that is not certain.
std::optional<bool> needs_quote(std::string_view start, std::size_t least) {
  const auto quotes = start.find_first_not_of('>');
  if (quotes == start.npos) return std::nullopt;
  const auto rest = start.substr(quotes);
  const auto common = rest.substr(0, kFrom.size());
  if (!kFrom.starts_with(common)) return false;
  if (common.size() < kFrom.size()) return std::nullopt;
  return quotes >= least;
}

// Of a line that is nothing but '>' so far, one is enough to go by.
template <class Take>
void let_go(std::string& start, const Take& take) {
  if (start.size() <= kLongestSeparator || start.find_first_not_of('>') != start.npos) return;
  take(std::string_view(start).substr(1));
  start.resize(1);
}

// Puts a '>' in front of each line that needs one, of text that comes in pieces.
class Quoter {
 public:
  explicit Quoter(const ByteSink& sink) : sink_(sink) {}

  bool feed(std::string_view bytes) {
    std::string out;
    for (std::size_t at = 0; at < bytes.size();) {
      if (in_line_) {
        const auto end = bytes.find('\n', at);
        const auto next = end == bytes.npos ? bytes.size() : end + 1;
        out.append(bytes, at, next - at);
        in_line_ = end == bytes.npos;
        at = next;
        continue;
      }
      start_ += bytes[at++];
      decide(out);
    }
    if (!bytes.empty()) ends_line_ = bytes.back() == '\n';
    return out.empty() || sink_(out);
  }

  bool finish() {
    const auto rest = std::exchange(start_, {});
    return rest.empty() || sink_(rest);
  }
  bool ends_line() const { return ends_line_; }

 private:
  void decide(std::string& out) {
    const auto quoted = needs_quote(start_, 0);
    if (!quoted) return let_go(start_, [&](std::string_view quotes) { out += quotes; });
    if (*quoted) out += '>';
    in_line_ = start_.back() != '\n';
    out += std::exchange(start_, {});
  }

  const ByteSink& sink_;
  std::string start_;  // of a line, while it could be one to quote
  bool in_line_ = false;
  bool ends_line_ = false;
};

}  // namespace

Status write_mbox_message(const Blob& content, std::string_view sender, Time received, const ByteSink& sink) {
  // How it ends has to be known before it begins.
  bool ends_line = false;
  if (content.size() > 0) {
    auto last = content.piece(content.size() - 1, 1);
    if (!last) return last.error();
    ends_line = *last == "\n";
  }
  const auto from = ends_line ? separator_sender(sender) + " " : std::string(kNoFinalNewline);
  if (!sink(fmt::format("From {}{}\n", from, asctime(received)))) return {};
  Quoter quoter(sink);
  auto written = content.each_chunk([&](std::string_view chunk) { return quoter.feed(chunk); });
  if (!written) return written;
  if (quoter.finish()) (void)sink(ends_line ? "\n" : "\n\n");
  return {};
}

bool is_mbox_separator(std::string_view line) {
  if (!line.starts_with(kFrom) || line.size() > kLongestSeparator) return false;
  const auto digit = [&](std::size_t at) { return at < line.size() && line[at] >= '0' && line[at] <= '9'; };
  for (auto colon = line.find(':'); colon != line.npos; colon = line.find(':', colon + 1)) {
    if (colon > kFrom.size() && digit(colon - 1) && digit(colon + 1) && digit(colon + 2)) return true;
  }
  return false;
}

// "From ada@example.org Mon Nov 23 10:00:00 2026", in UTC where nothing else is said (RFC 4155).
std::optional<Time> mbox_received(std::string_view separator) {
  using namespace std::chrono;
  std::vector<std::string_view> words;
  while (!separator.empty() && words.size() < 12) {
    const auto begin = separator.find_first_not_of(" \t\r");
    if (begin == separator.npos) break;
    separator.remove_prefix(begin);
    const auto end = std::min(separator.find_first_of(" \t\r"), separator.size());
    words.push_back(separator.substr(0, end));
    separator.remove_prefix(end);
  }
  const auto number = [](std::string_view text, int most) {
    int value = -1;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    return problem == std::errc() && end == text.data() + text.size() && value <= most ? value : -1;
  };
  for (std::size_t i = 1; i + 3 < words.size(); ++i) {
    const auto month = std::find(kMonths.begin(), kMonths.end(), words[i]);
    const auto clock = words[i + 2];
    if (month == kMonths.end() || clock.size() != 8 || clock[2] != ':' || clock[5] != ':') continue;
    const int day = number(words[i + 1], 31), hours = number(clock.substr(0, 2), 23),
              minutes = number(clock.substr(3, 2), 59), seconds = number(clock.substr(6, 2), 60),
              year = number(words[i + 3], 9999);
    if (day < 1 || hours < 0 || minutes < 0 || seconds < 0 || year < 1970) return std::nullopt;
    const year_month_day date(std::chrono::year(year),
                              std::chrono::month(static_cast<unsigned>(month - kMonths.begin() + 1)),
                              std::chrono::day(static_cast<unsigned>(day)));
    if (!date.ok()) return std::nullopt;
    return Time(sys_days(date) + std::chrono::hours(hours) + std::chrono::minutes(minutes) +
                std::chrono::seconds(seconds));
  }
  return std::nullopt;
}

Status MboxReader::take(std::string_view bytes) {
  if (!begun_) return {};
  if (bytes.size() >= kTail) {
    if (auto added = message_.append(tail_); !added) return added;
    tail_ = bytes.substr(bytes.size() - kTail);
    return message_.append(bytes.substr(0, bytes.size() - kTail));
  }
  tail_ += bytes;
  if (tail_.size() <= kTail) return {};
  const auto ready = tail_.size() - kTail;
  if (auto added = message_.append(std::string_view(tail_).substr(0, ready)); !added) return added;
  tail_.erase(0, ready);
  return {};
}

Result<bool> MboxReader::end_message() {
  if (!begun_) return true;
  const std::string_view tail = tail_;
  const auto sender = std::string_view(separator_).substr(kFrom.size());
  std::size_t format = 0;  // bytes that are not the message's
  if (sender.starts_with(kNoFinalNewline) && tail.ends_with("\n\n")) {
    format = 2;
  } else if (tail.ends_with("\n\n") || tail == "\n") {
    format = 1;
  } else if (tail.ends_with("\n\r\n")) {
    format = 2;
  }
  tail_.resize(tail_.size() - format);
  if (auto added = message_.append(tail_); !added) return added.error();
  tail_.clear();
  auto content = std::exchange(message_, BlobWriter()).finish();
  if (!content) return content.error();
  return sink_(*std::move(content), separator_);
}

Result<bool> MboxReader::line_start() {
  const bool ended = !line_.empty() && line_.back() == '\n';
  std::string_view text = line_;
  if (ended) text.remove_suffix(1);
  if (ended && text.ends_with('\r')) text.remove_suffix(1);
  if (after_empty_ && ended && is_mbox_separator(text)) {
    auto goes_on = end_message();
    if (!goes_on || !*goes_on) return goes_on;
    begun_ = true;
    separator_ = text;
    line_is_empty_ = false;
  } else {
    line_is_empty_ = text.empty() && ended;
    auto taken =
        take(needs_quote(line_, 1).value_or(false) ? std::string_view(line_).substr(1) : std::string_view(line_));
    if (!taken) return taken.error();
  }
  line_.clear();
  if (ended) after_empty_ = std::exchange(line_is_empty_, true);
  in_line_ = !ended;
  return true;
}

Result<bool> MboxReader::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    const auto piece = bytes.substr(0, end == bytes.npos ? bytes.size() : end + 1);
    bytes.remove_prefix(piece.size());
    if (in_line_) {
      if (auto taken = take(piece); !taken) return taken.error();
      if (end != std::string_view::npos) {
        in_line_ = false;
        after_empty_ = false;
      }
      continue;
    }
    line_ += piece;
    Status taken;
    let_go(line_, [&](std::string_view quotes) { taken = take(quotes); });
    if (!taken) return taken.error();
    // A separator has to be seen whole; any other line is passed on as soon as it cannot be one.
    const bool could_be =
        line_.size() <= kLongestSeparator + 1 && (after_empty_ || !needs_quote(line_, 1).has_value()) &&
        (kFrom.starts_with(std::string_view(line_).substr(0, kFrom.size())) || !needs_quote(line_, 1).has_value());
    if (line_.back() != '\n' && (could_be || line_ == "\r")) continue;
    auto goes_on = line_start();
    if (!goes_on || !*goes_on) return goes_on;
  }
  return true;
}

Result<bool> MboxReader::finish() {
  if (!line_.empty()) {
    auto goes_on = line_start();
    if (!goes_on || !*goes_on) return goes_on;
  }
  return end_message();
}

}  // namespace mailmgr
