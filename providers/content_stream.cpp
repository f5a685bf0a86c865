#include "providers/content_stream.h"

#include <algorithm>
#include <charconv>

#include "core/base/encoding.h"

namespace mailmgr {
namespace {

constexpr std::size_t kMaxRest = std::size_t{1} << 20;     // labels, snippets, ids: some kilobytes in truth
constexpr std::size_t kMaxContents = 100;                  // the largest batch of either provider
constexpr std::size_t kDecodeStep = std::size_t{1} << 16;  // characters
constexpr unsigned kReplacement = 0xFFFD;                  // for half a character

char unescaped(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    default:
      return c;  // a quote, a backslash, a slash
  }
}

void append_utf8(std::string& text, unsigned code) {
  const auto byte = [&](unsigned value) { text += static_cast<char>(value); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0 | code >> 6);
    byte(0x80 | (code & 0x3F));
  } else {
    if (code < 0x10000) {
      byte(0xE0 | code >> 12);
    } else {
      byte(0xF0 | code >> 18);
      byte(0x80 | (code >> 12 & 0x3F));
    }
    byte(0x80 | (code >> 6 & 0x3F));
    byte(0x80 | (code & 0x3F));
  }
}

}  // namespace

bool ContentStream::feed(std::string_view piece) {
  for (std::size_t i = 0; i < piece.size() && status_;) {
    if (state_ == State::content && escape_.empty()) {
      i += take_content(piece.substr(i));
    } else if (!take(piece[i++])) {
      status_ = Error{Code::refused, "the answer is larger than any this API documents", ""};
    }
  }
  return status_.has_value();
}

// One character outside the content, or within an escape in it.
bool ContentStream::take(char c) {
  if (state_ == State::content) {
    take_escaped(c);
    return true;
  }
  if (rest_.size() >= kMaxRest) return false;
  rest_ += c;
  if (state_ == State::text) {
    if (!escape_.empty()) {
      escape_.clear();
    } else if (c == '\\') {
      escape_ = c;
    } else if (c == '"') {
      end_text();
    } else if (text_.size() < 8) {
      text_ += c;
    }
    return true;
  }
  if (c == '"') return begin_text();
  if (c == ':') after_colon_ = true;
  if (c == ',' || c == '{' || c == '[') after_colon_ = false;
  if (c == '{' || c == '[') ++depth_;
  if (c == '}' || c == ']') complete_ = --depth_ == 0;
  return true;
}

bool ContentStream::begin_text() {
  text_.clear();
  const bool is_content = after_colon_ && depth_ == content_depth_ && key_ == member_;
  state_ = is_content ? State::content : State::text;
  return !is_content || contents_.size() < kMaxContents;
}

void ContentStream::end_text() {
  if (!after_colon_) key_ = text_;
  state_ = State::between;
}

std::size_t ContentStream::take_content(std::string_view piece) {
  const auto quote = piece.find('"');
  const auto stop = std::min(quote, piece.substr(0, quote).find('\\'));
  const auto plain = piece.substr(0, stop);
  if (!plain.empty()) give_up_surrogate();
  undecoded_ += plain;
  if (undecoded_.size() >= kDecodeStep) decode(false);
  if (stop == piece.npos) return piece.size();
  if (piece[stop] == '\\') {
    escape_ = '\\';
  } else {
    end_content();
  }
  return stop + 1;
}

// Base64 needs no escapes, but some writers put = as \u003d and / as \/.
void ContentStream::take_escaped(char c) {
  escape_ += c;
  if (escape_.size() == 2 && c != 'u') {
    give_up_surrogate();
    undecoded_ += unescaped(c);
    escape_.clear();
  } else if (escape_.size() == 6) {
    unsigned unit = 0;
    std::from_chars(escape_.data() + 2, escape_.data() + 6, unit, 16);
    take_code_unit(unit);
    escape_.clear();
  }
}

// One \uXXXX; characters above U+FFFF take two of them (RFC 8259 §7).
void ContentStream::take_code_unit(unsigned unit) {
  const bool is_second = unit >= 0xDC00 && unit <= 0xDFFF;
  if (is_second && surrogate_ != 0) {
    append_utf8(undecoded_, 0x10000 + ((surrogate_ - 0xD800) << 10) + (unit - 0xDC00));
    surrogate_ = 0;
    return;
  }
  give_up_surrogate();
  if (unit >= 0xD800 && unit <= 0xDBFF) {
    surrogate_ = unit;
  } else {
    append_utf8(undecoded_, is_second ? kReplacement : unit);
  }
}

void ContentStream::give_up_surrogate() {
  if (surrogate_ != 0) append_utf8(undecoded_, kReplacement);
  surrogate_ = 0;
}

void ContentStream::decode(bool last) {
  if (!begun_) is_text_ = form_ == Form::base64_or_text && undecoded_.find(':') != undecoded_.npos;
  begun_ = true;
  if (!decoded_) return undecoded_.clear();
  if (is_text_) {
    status_ = blob_.append(undecoded_);
    return undecoded_.clear();
  }
  // Line breaks are taken out first, so that every step ends between two groups.
  if (undecoded_.find('\n') != undecoded_.npos || undecoded_.find('\r') != undecoded_.npos) {
    std::erase_if(undecoded_, [](char c) { return c == '\n' || c == '\r'; });
  }
  const auto whole = last ? undecoded_.size() : undecoded_.size() / 4 * 4;
  const auto bytes = base64_decode(std::string_view(undecoded_).substr(0, whole));
  undecoded_.erase(0, whole);
  if (bytes) {
    status_ = blob_.append(*bytes);
  } else {
    decoded_ = Error{Code::refused, "the message's bytes are not base64", ""};
  }
}

void ContentStream::end_content() {
  give_up_surrogate();
  decode(true);
  auto blob = std::move(blob_).finish();
  rest_ += std::to_string(contents_.size());
  rest_ += '"';
  if (decoded_) {
    contents_.push_back(std::move(blob));
  } else {
    contents_.emplace_back(decoded_.error());
  }
  blob_ = BlobWriter();
  decoded_ = {};
  begun_ = false;
  state_ = State::between;
}

Result<ContentStream::Parts> ContentStream::finish() && {
  if (!status_) return status_.error();
  if (!complete_) return Error{Code::no_answer, "the answer was cut short", "run the same command again"};
  return Parts{std::move(rest_), std::move(contents_)};
}

}  // namespace mailmgr
