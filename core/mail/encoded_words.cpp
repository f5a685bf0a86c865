#include "core/mail/encoded_words.h"

#include "core/base/encoding.h"
#include "core/mail/charset.h"
#include "core/mail/transfer.h"

namespace mailmgr::mail {
namespace {

constexpr std::size_t kLongestCharset = 60;

struct Word {
  std::string charset;  // lower case, without a language (RFC 2231 §5)
  char encoding = 'q';  // 'q' or 'b'
  std::string_view content;
  std::size_t end = 0;  // offset after "?="
};

// The word at text[at], where "=?" stands.
bool read_word(std::string_view text, std::size_t at, Word& word) {
  const auto charset_end = text.substr(0, at + 2 + kLongestCharset).find('?', at + 2);
  if (charset_end == std::string_view::npos || charset_end + 2 >= text.size() || text[charset_end + 2] != '?') {
    return false;
  }
  const char encoding = text[charset_end + 1];
  if (encoding != 'q' && encoding != 'Q' && encoding != 'b' && encoding != 'B') return false;
  const auto begin = charset_end + 3;
  const auto end = text.find("?=", begin);
  if (end == std::string_view::npos) return false;
  const auto charset = text.substr(at + 2, charset_end - at - 2);
  word.charset = to_lower_ascii(charset.substr(0, charset.find('*')));
  word.encoding = encoding == 'q' || encoding == 'Q' ? 'q' : 'b';
  word.content = text.substr(begin, end - begin);
  word.end = end + 2;
  return true;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void append_bytes(std::string& out, const Word& word) {
  if (word.encoding == 'b') {
    TransferDecoder decoder("base64");
    const auto sink = [&](std::string_view bytes) { out += bytes; };
    decoder.add(word.content, sink);
    decoder.finish(sink);
    return;
  }
  const auto content = word.content;
  for (std::size_t i = 0; i < content.size(); ++i) {
    const int high = content[i] == '=' && i + 2 < content.size() ? hex_digit(content[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(content[i + 2]) : -1;
    if (low >= 0) {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += content[i] == '_' ? ' ' : content[i];
    }
  }
}

}  // namespace

std::string decode_words(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  std::string bytes;    // of the words since the last plain text
  std::string charset;  // of `bytes`
  const auto settle = [&] {
    if (!bytes.empty()) out += to_utf8(bytes, charset).text;
    bytes.clear();
  };
  const auto last_end = text.rfind("?=");
  std::size_t at = 0;
  std::size_t plain = 0;  // where plain text begins that is not yet in `out`
  while (last_end != std::string_view::npos && at < last_end) {
    at = text.find("=?", at);
    if (at == std::string_view::npos || at >= last_end) break;
    Word word;
    if (!read_word(text, at, word)) {
      at += 2;
      continue;
    }
    const auto between = text.substr(plain, at - plain);
    const bool adjacent = plain > 0 && between.find_first_not_of(" \t\r\n") == std::string_view::npos;
    if (!adjacent || charset != word.charset) settle();
    if (!adjacent) out += between;
    charset = word.charset;
    append_bytes(bytes, word);
    at = plain = word.end;
  }
  settle();
  out += text.substr(plain);
  return out;
}

}  // namespace mailmgr::mail
