#include "providers/google/raw_stream.h"

#include <algorithm>
#include <charconv>

#include "core/base/encoding.h"

namespace mailmgr::google {
namespace {

constexpr std::size_t kMaxRest = std::size_t{1} << 20;     // labels, snippet, ids: some kilobytes in truth
constexpr std::size_t kDecodeStep = std::size_t{1} << 16;  // characters; a multiple of 4

}  // namespace

bool RawStream::feed(std::string_view piece) {
  for (std::size_t i = 0; i < piece.size() && status_;) {
    if (state_ == State::raw && escape_.empty()) {
      i += take_raw(piece.substr(i));
    } else if (!take(piece[i++])) {
      status_ = Error{Code::refused, "the answer is larger than any this API documents", ""};
    }
  }
  return status_.has_value();
}

// One character outside the message's bytes, or within an escape in them.
bool RawStream::take(char c) {
  if (state_ == State::raw) {
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
  if (c == '"') begin_text();
  if (c == ':') after_colon_ = true;
  if (c == ',' || c == '{' || c == '[') after_colon_ = false;
  if (c == '{' || c == '[') ++depth_;
  if (c == '}' || c == ']') complete_ = --depth_ == 0;
  return true;
}

void RawStream::begin_text() {
  text_.clear();
  state_ = after_colon_ && depth_ == 1 && key_ == "raw" ? State::raw : State::text;
}

void RawStream::end_text() {
  if (!after_colon_) key_ = text_;
  state_ = State::between;
}

std::size_t RawStream::take_raw(std::string_view piece) {
  const auto quote = piece.find('"');
  const auto stop = std::min(quote, piece.substr(0, quote).find('\\'));
  const auto plain = piece.substr(0, stop);
  undecoded_ += plain;
  if (undecoded_.size() >= kDecodeStep) decode(false);
  if (stop == piece.npos) return piece.size();
  if (piece[stop] == '\\') {
    escape_ = '\\';
  } else {
    decode(true);
    rest_ += '"';
    state_ = State::between;
  }
  return stop + 1;
}

// Base64 needs no escapes, but some writers put = as \u003d and / as \/.
void RawStream::take_escaped(char c) {
  escape_ += c;
  if (escape_.size() == 2 && c != 'u') {
    undecoded_ += c;
    escape_.clear();
  } else if (escape_.size() == 6) {
    int code = 0;
    std::from_chars(escape_.data() + 2, escape_.data() + 6, code, 16);
    undecoded_ += static_cast<char>(code < 128 ? code : '?');
    escape_.clear();
  }
}

void RawStream::decode(bool last) {
  const auto whole = last ? undecoded_.size() : undecoded_.size() / 4 * 4;
  const auto bytes = base64_decode(std::string_view(undecoded_).substr(0, whole));
  if (!bytes) {
    status_ = Error{Code::refused, "the message's bytes are not base64url", ""};
    return;
  }
  undecoded_.erase(0, whole);
  status_ = blob_.append(*bytes);
}

Result<RawStream::Parts> RawStream::finish() && {
  if (!status_) return status_.error();
  if (!complete_) return Error{Code::no_answer, "the answer was cut short", "run the same command again"};
  auto raw = std::move(blob_).finish();
  if (!raw) return raw.error();
  return Parts{std::move(rest_), *std::move(raw)};
}

}  // namespace mailmgr::google
