#include "providers/google/google_batch.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/base/encoding.h"

namespace mailmgr::google {
namespace {

constexpr std::size_t kMaxDelimiter = 200;  // RFC 2046 §5.1.1 allows 70 characters of boundary
constexpr std::size_t kMaxHead = 8192;      // of a part, its own headers and those of the answer in it

// Takes the first line off `text`, without its line end.
std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  auto line = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Takes a header block and the empty line after it off `text`.
HttpHeaders take_headers(std::string_view& text) {
  HttpHeaders headers;
  while (!text.empty()) {
    const auto line = take_line(text);
    if (line.empty()) break;
    const auto colon = line.find(':');
    if (colon == line.npos || headers.size() >= 100) continue;
    headers.emplace_back(trimmed(line.substr(0, colon)), trimmed(line.substr(colon + 1)));
  }
  return headers;
}

// The number in "<response-17>".
std::optional<std::size_t> request_of(std::string_view part) {
  for (const auto& [name, value] : take_headers(part)) {
    if (!equals_ignoring_ascii_case(name, "Content-ID")) continue;
    constexpr std::string_view kPrefix = "<response-";
    if (!value.starts_with(kPrefix) || !value.ends_with('>')) return std::nullopt;
    std::size_t number = 0;
    const char* last = value.data() + value.size() - 1;
    const auto [end, problem] = std::from_chars(value.data() + kPrefix.size(), last, number);
    return problem == std::errc() && end == last ? std::optional(number) : std::nullopt;
  }
  return std::nullopt;
}

// The status in "HTTP/1.1 200 OK"; 0 for anything else.
int status_of(std::string_view line) {
  int status = 0;
  const auto space = line.find(' ');
  if (!line.starts_with("HTTP/") || space == line.npos) return 0;
  const auto [end, problem] = std::from_chars(line.data() + space + 1, line.data() + line.size(), status);
  return problem == std::errc() && status >= 100 && status <= 599 ? status : 0;
}

}  // namespace

BatchBody write_batch(const std::vector<std::string>& targets) {
  constexpr std::string_view kBoundary = "mailmgr_batch";  // the parts are GETs of our own: it occurs in none of them
  BatchBody batch;
  batch.content_type = fmt::format("multipart/mixed; boundary={}", kBoundary);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    batch.body += fmt::format("--{}\r\nContent-Type: application/http\r\nContent-ID: <{}>\r\n\r\nGET {}\r\n\r\n\r\n",
                              kBoundary, i, targets[i]);
  }
  batch.body += fmt::format("--{}--\r\n", kBoundary);
  return batch;
}

bool BatchReader::feed(std::string_view piece) {
  if (stopped_) return false;
  if (ended_) return true;  // an epilogue says nothing
  buffer_ += piece;
  stopped_ = (delimiter_.empty() && !find_delimiter()) || !read_parts();
  return !stopped_;
}

// The response's Content-Type is not known while the body arrives, but the body's first line is the delimiter too.
bool BatchReader::find_delimiter() {
  const auto start = buffer_.find_first_not_of("\r\n");
  if (start == std::string::npos) return buffer_.size() < kMaxDelimiter;
  std::string_view rest = std::string_view(buffer_).substr(start);
  if (rest.find('\n') == rest.npos) return rest.size() < kMaxDelimiter;
  const auto line = trimmed(take_line(rest));
  if (!line.starts_with("--") || line.size() < 3 || line.size() > kMaxDelimiter) return false;
  delimiter_ = "\n" + std::string(line);
  buffer_.erase(0, buffer_.size() - rest.size());
  return true;
}

bool BatchReader::read_parts() {
  if (delimiter_.empty()) return true;
  while (true) {
    const auto end = buffer_.find(delimiter_, searched_);
    const auto behind = end + delimiter_.size();
    // What follows a delimiter tells whether it is the last one.
    if (end == std::string::npos || buffer_.size() < behind + 2) break;
    ended_ = buffer_.compare(behind, 2, "--") == 0;
    const bool more = end_part(std::string_view(buffer_).substr(0, end));
    buffer_.erase(0, ended_ ? buffer_.size() : behind);
    searched_ = 0;
    if (ended_ || !more) return more;
  }
  // The part goes on. A delimiter may have begun at its end, with the line break before it.
  searched_ = buffer_.size() - std::min(buffer_.size(), delimiter_.size() + 2);
  if (searched_ < kMaxHead) return true;
  auto ready = std::string_view(buffer_).substr(0, searched_);
  if (!begun_) begin_part(ready);
  pass_on(ready);
  buffer_.erase(0, searched_);
  searched_ = 0;
  return !part_ || part_->http.body.size() <= kMaxPart;
}

// Takes the part's head off `part`.
void BatchReader::begin_part(std::string_view& part) {
  begun_ = true;
  // The rest of the delimiter's line.
  if (part.starts_with("\r\n"))
    part.remove_prefix(2);
  else if (part.starts_with('\n'))
    part.remove_prefix(1);

  const auto index = request_of(part);
  take_headers(part);
  BatchPart result{index.value_or(requests_), {}};
  result.http.status = status_of(take_line(part));
  result.http.headers = take_headers(part);
  if (result.index < requests_ && result.http.status != 0) part_ = std::move(result);  // else whoever asked misses it
}

bool BatchReader::end_part(std::string_view rest) {
  if (!begun_) begin_part(rest);
  if (rest.ends_with('\r')) rest.remove_suffix(1);
  pass_on(rest);
  begun_ = false;
  if (!part_) return true;
  auto part = *std::exchange(part_, std::nullopt);
  return on_part_(std::move(part));
}

void BatchReader::pass_on(std::string_view piece) {
  if (!part_) return;
  if (on_body_ && part_->http.status == 200) {
    on_body_(part_->index, piece);
  } else {
    part_->http.body += piece;
  }
}

}  // namespace mailmgr::google
