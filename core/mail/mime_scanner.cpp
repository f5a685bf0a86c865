#include "core/mail/mime_scanner.h"

#include <algorithm>

namespace mailmgr::mail {
namespace {

constexpr std::size_t kLongestLine = 64 * 1024;      // held while its end has not come; longer ones pass in pieces
constexpr std::size_t kLargestPartHead = 64 * 1024;  // of a part; the message's own has ParseLimits::max_header_bytes
constexpr std::size_t kMaxFields = 5000;

bool is_blank_line(std::string_view line) {
  return line.find_first_not_of("\r\n") == std::string_view::npos;
}

}  // namespace

MimeScanner::MimeScanner(PartVisitor& visitor, const ParseLimits& limits) : visitor_(visitor), limits_(limits) {}

bool MimeScanner::feed(std::string_view bytes) {
  if (stopped_) return false;
  if (!carry_.empty()) {
    const auto end = bytes.find('\n');
    const auto take = end == std::string_view::npos ? bytes.size() : end + 1;
    carry_ += bytes.substr(0, take);
    bytes.remove_prefix(take);
    if (end == std::string_view::npos && carry_.size() < kLongestLine) return true;
    consume(carry_);
    carry_.clear();
  }
  const auto last = bytes.rfind('\n');
  const auto whole = last == std::string_view::npos ? 0 : last + 1;
  if (whole > 0) consume(bytes.substr(0, whole));
  bytes.remove_prefix(whole);
  if (bytes.size() >= kLongestLine) {
    consume(bytes);
  } else {
    carry_ = bytes;
  }
  return !stopped_;
}

void MimeScanner::finish() {
  if (!carry_.empty() && !stopped_) consume(carry_);
  carry_.clear();
  if (state_ == State::headers && !stopped_) end_headers();
  if (!levels_.empty() && !stopped_) visitor_.damage("a multipart ends without its closing boundary");
  close_part();
}

void MimeScanner::consume(std::string_view bytes) {
  // Bytes of the same part are passed on in runs, not line by line.
  std::size_t run = 0;
  std::size_t at = 0;
  while (at < bytes.size() && !stopped_) {
    if (state_ != State::headers && levels_.empty()) break;  // no boundary can come
    const auto found = bytes.find('\n', at);
    const auto next = found == std::string_view::npos ? bytes.size() : found + 1;
    const auto line = bytes.substr(at, next - at);
    const bool starts_line = !inside_line_;
    inside_line_ = found == std::string_view::npos;
    if (state_ == State::headers) {
      if (!starts_line) {
        if (head_.size() < kLongestLine) head_ += line;
      } else if (!at_boundary(line)) {
        header_line(line);
      }
      run = next;
    } else if (starts_line && line.starts_with("--")) {
      const auto pending = bytes.substr(run, at - run);
      if (!pending.empty()) emit(pending);
      run = at_boundary(line) ? next : at;
    }
    at = next;
  }
  if (run < bytes.size() && !stopped_) emit(bytes.substr(run));
}

void MimeScanner::header_line(std::string_view line) {
  const auto limit = root_ ? limits_.max_header_bytes : std::min(limits_.max_header_bytes, kLargestPartHead);
  const bool folded = line.front() == ' ' || line.front() == '\t';
  if (is_blank_line(line)) {
    end_headers();
    return;
  }
  if (root_ && !has_fields_ && suspect_.empty() && head_.empty() &&
      (line.starts_with("From ") || line.starts_with(">From "))) {
    return;  // the separator line of an mbox file
  }
  if ((folded && has_fields_ && suspect_.empty()) || is_field_start(line)) {
    if (!suspect_.empty()) {
      visitor_.damage("a line in the header is no header field");
      suspect_.clear();
    }
    has_fields_ = true;
    if (head_.size() + line.size() > limit) {
      visitor_.damage("the header is too large; its end is left out");
    } else {
      head_ += line;
    }
    return;
  }
  // One bad line inside a header is passed over; two in a row mean that the body began without a blank line.
  if (suspect_.empty()) {
    suspect_ = line;
    return;
  }
  end_headers();
  emit(line);
}

void MimeScanner::end_headers() {
  std::string block;
  block.swap(head_);
  std::string body_start;
  body_start.swap(suspect_);
  const auto fields = split_fields(block, kMaxFields);
  if (fields.size() == kMaxFields) visitor_.damage("too many header fields; the rest is left out");
  const bool digest = !levels_.empty() && levels_.back().type == "multipart/digest";
  auto head = place(read_part_head(fields, digest ? "message/rfc822" : "text/plain"));
  if (root_) {
    if (fields.empty()) visitor_.damage("there is no header");
    visitor_.message_fields(fields);
  }
  if (!body_start.empty()) visitor_.damage("the header ends without a blank line");
  root_ = false;
  has_fields_ = false;

  if (head.is_multipart() && head.boundary.empty()) {
    visitor_.damage("a multipart names no boundary; it is read as text");
    head.type = "text/plain";
  }
  if (head.is_multipart()) {
    state_ = State::skip;
    if (levels_.size() >= limits_.max_depth) {
      visitor_.damage("parts are nested too deep; the inner ones are left out");
      return;
    }
    const bool alternative = head.type == "multipart/alternative";
    const int id = alternative ? ++alternatives_ : head.alternative;
    // Spaces at the end of a boundary cannot be told from spaces after it.
    const auto boundary = head.boundary.substr(0, head.boundary.find_last_not_of(" \t") + 1);
    levels_.push_back({"--" + boundary, head.is_root ? "" : head.number + ".", head.type, 0, id});
    return;
  }
  state_ = State::leaf;
  if (head.is_root) head.number = "1";
  visitor_.begin_part(std::move(head));
  if (!body_start.empty()) emit(body_start);
}

PartHead MimeScanner::place(PartHead head) const {
  head.is_root = root_;
  if (levels_.empty()) return head;
  const auto& level = levels_.back();
  head.number = level.prefix + std::to_string(level.children);
  head.alternative = level.alternative;
  head.in_related = level.type == "multipart/related";
  head.in_signed = level.type == "multipart/signed";
  return head;
}

void MimeScanner::emit(std::string_view bytes) {
  if (state_ != State::leaf || bytes.empty()) return;
  if (!line_break_.empty()) visitor_.body(line_break_);
  line_break_ = {};
  if (!levels_.empty()) {
    if (bytes.ends_with("\r\n")) {
      line_break_ = "\r\n";
    } else if (bytes.ends_with('\n')) {
      line_break_ = "\n";
    }
    bytes.remove_suffix(line_break_.size());
  }
  if (!bytes.empty()) visitor_.body(bytes);
}

void MimeScanner::close_part() {
  if (state_ == State::leaf) visitor_.end_part();
  line_break_ = {};
  state_ = State::skip;
}

bool MimeScanner::at_boundary(std::string_view line) {
  if (levels_.empty() || !line.starts_with("--")) return false;
  const auto trimmed = line.substr(0, line.find_last_not_of(" \t\r\n") + 1);
  for (std::size_t i = levels_.size(); i-- > 0;) {
    const auto& delimiter = levels_[i].delimiter;
    if (!trimmed.starts_with(delimiter)) continue;
    const auto rest = trimmed.substr(delimiter.size());
    if (!rest.empty() && rest != "--") continue;
    if (state_ == State::headers) end_headers();
    // end_headers may have opened a level; the boundary that was met belongs to level i all the same.
    close_part();
    if (i + 1 < levels_.size()) visitor_.damage("a multipart ends without its closing boundary");
    levels_.resize(i + 1);
    if (rest == "--") {
      levels_.pop_back();
    } else {
      start_part();
    }
    return true;
  }
  return false;
}

void MimeScanner::start_part() {
  if (parts_ >= limits_.max_parts) {
    visitor_.damage("there are too many parts; the rest is left out");
    stopped_ = true;
    return;
  }
  ++parts_;
  ++levels_.back().children;
  head_.clear();
  suspect_.clear();
  has_fields_ = false;
  state_ = State::headers;
}

}  // namespace mailmgr::mail
