#include "core/mail/finished_header.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/encoding.h"
#include "core/mail/address.h"
#include "core/mail/header_fields.h"
#include "core/mail/header_writer.h"
#include "core/mail/writable_text.h"

namespace mailmgr::mail {
namespace {

constexpr std::size_t kLargestHeader = 256 * 1024;
constexpr std::size_t kLongestHeaderLine = 998;  // RFC 5322 §2.1.1
constexpr std::size_t kMaxFinishedAddresses = 2000;
constexpr std::size_t kShownOfLine = 60;

// A piece of what was given, for an error.
std::string shown(std::string_view text) {
  auto valid = to_valid_utf8(text);
  make_writable(valid);
  return std::string(cut_at_character(valid, kShownOfLine));
}

bool is_eight_bit(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

bool is_free_text(std::string_view lower_name) {
  return lower_name == "subject" || lower_name == "comments" || lower_name == "organization" ||
         lower_name.starts_with("x-");
}

Status check_sent_lines(const FinishedField& field) {
  for (std::string_view rest = field.source; !rest.empty();) {
    const auto end = rest.find("\r\n");
    if (end > kLongestHeaderLine) {
      return finished_error(fmt::format("a line of its header {} is longer than 998 bytes", field.name));
    }
    rest.remove_prefix(end + 2);
  }
  return {};
}

// Which fields may stand there once (RFC 5322 §3.6), of those that decide who writes what.
Status check_repeated(const std::vector<FinishedField>& fields) {
  for (const std::string_view once : {"from", "sender", "subject", "date", "message-id", "content-type"}) {
    const auto is_it = [&](const FinishedField& field) { return field.lower == once; };
    if (std::count_if(fields.begin(), fields.end(), is_it) < 2) continue;
    const auto first = std::find_if(fields.begin(), fields.end(), is_it);
    return finished_error(fmt::format("its header has {} twice", first->name));
  }
  return {};
}

}  // namespace

Error finished_error(std::string what, std::string hint) {
  return {Code::usage, "reading the finished message: " + std::move(what), std::move(hint)};
}

bool is_address_field(std::string_view lower_name) {
  return lower_name == "from" || lower_name == "sender" || lower_name == "reply-to" || lower_name == "to" ||
         lower_name == "cc" || lower_name == "bcc" || lower_name == "disposition-notification-to";
}

Result<std::size_t> FinishedHeaderReader::feed(std::string_view bytes) {
  std::size_t taken = 0;
  while (!done_ && taken < bytes.size()) {
    const auto end = bytes.find('\n', taken);
    const auto next = end == std::string_view::npos ? bytes.size() : end + 1;
    carry_ += bytes.substr(taken, next - taken);
    size_ += next - taken;
    taken = next;
    if (size_ > kLargestHeader) return finished_error("its header is larger than 256 KiB");
    if (end == std::string_view::npos) break;
    if (auto read = line(carry_); !read) return read.error();
    carry_.clear();
  }
  return taken;
}

Status FinishedHeaderReader::finish() {
  if (!done_ && !carry_.empty()) {
    if (auto read = line(carry_); !read) return read;
  }
  return done_ ? Status() : end();
}

Status FinishedHeaderReader::line(std::string_view text) {
  const auto whole = text;
  ++lines_;
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  if (text.empty()) return end();
  const bool continued = (text.front() == ' ' || text.front() == '\t') && !fields_.empty();
  if (lines_ == 1 && (text.starts_with("From ") || text.starts_with(">From "))) return {};
  if (!continued && !is_field_start(text)) {
    if (!may_end_early_) {
      return finished_error(fmt::format("line {} is no header field: {}", lines_, shown(text)),
                            "a message begins with its header, then an empty line, then the text");
    }
    body_start_ = whole;
    return end();
  }
  if (!continued) {
    auto name = text.substr(0, text.find(':'));
    name = name.substr(0, name.find_last_not_of(" \t") + 1);
    fields_.push_back({std::string(name), to_lower_ascii(name), {}, {}});
  }
  auto& field = fields_.back();
  if (text.find('\r') != std::string_view::npos) {
    return finished_error(fmt::format("its header {} has a CR that ends no line", field.name));
  }
  if (text.find('\0') != std::string_view::npos) {
    return finished_error(fmt::format("its header {} has a NUL byte", field.name));
  }
  field.source += text;
  field.source += "\r\n";
  return {};
}

Status FinishedHeaderReader::end() {
  done_ = true;
  for (auto& field : fields_) {
    const auto split = split_fields(field.source, 1);
    if (!split.empty()) field.value = split.front().value;
  }
  return check_repeated(fields_);
}

Result<std::string> sendable_field(const FinishedField& field) {
  if (!is_eight_bit(field.source)) {
    if (auto fits = check_sent_lines(field); !fits) return fits.error();
    return field.source;
  }
  if (!is_valid_utf8(field.source)) {
    return finished_error(fmt::format("its header {} has bytes that are not UTF-8", shown(field.name)));
  }
  std::string out;
  if (is_address_field(field.lower)) {
    auto addresses = read_addresses(field.value, kMaxFinishedAddresses);
    for (auto& address : addresses) {
      make_writable(address.name);
      if (const auto problem = is_eight_bit(address.email) ? problem_with_email(address.email) : std::nullopt) {
        return finished_error(
            fmt::format("the address {} in {} cannot be used: {}", shown(address.email), field.name, *problem));
      }
    }
    write_address_field(out, field.name, addresses);
    return out;
  }
  if (is_free_text(field.lower)) {
    auto text = decode_text(field.value);
    make_writable(text);
    write_text_field(out, field.name, text);
    return out;
  }
  return finished_error(fmt::format("its header {} has letters outside ASCII, which have no place there", field.name));
}

}  // namespace mailmgr::mail
