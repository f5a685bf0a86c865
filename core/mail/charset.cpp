#include "core/mail/charset.h"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "core/base/encoding.h"

namespace mailmgr::mail {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::size_t kLongestName = 40;

class Converter {
 public:
  explicit Converter(const std::string& from) : handle_(iconv_open("UTF-8", from.c_str())) {}
  ~Converter() {
    if (ok()) iconv_close(handle_);
  }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;

  bool ok() const { return handle_ != reinterpret_cast<iconv_t>(-1); }

  CharsetText convert(std::string_view bytes) {
    CharsetText result;
    result.text.reserve(bytes.size() + bytes.size() / 8);
    char* in = const_cast<char*>(bytes.data());  // iconv's signature; it does not write there
    std::size_t left = bytes.size();
    std::array<char, 4096> buffer;
    while (left > 0) {
      char* out = buffer.data();
      std::size_t room = buffer.size();
      const auto rc = iconv(handle_, &in, &left, &out, &room);
      const int error = errno;
      result.text.append(buffer.data(), static_cast<std::size_t>(out - buffer.data()));
      if (rc != static_cast<std::size_t>(-1) || error == E2BIG) continue;
      result.text += kReplacement;
      result.damaged = true;
      if (error == EINVAL) break;  // the text ends inside a character
      ++in;
      --left;
    }
    return result;
  }

 private:
  iconv_t handle_;
};

// Names that iconv does not know, or that mail uses for a superset of what they say.
std::string iconv_name(const std::string& name) {
  static constexpr std::pair<std::string_view, const char*> kNames[] = {
      {"iso-8859-1", "CP1252"},     {"iso8859-1", "CP1252"}, {"latin1", "CP1252"},       {"iso_8859-1", "CP1252"},
      {"windows-1252", "CP1252"},   {"gb2312", "GB18030"},   {"gbk", "GB18030"},         {"x-gbk", "GB18030"},
      {"shift_jis", "CP932"},       {"shift-jis", "CP932"},  {"x-sjis", "CP932"},        {"ks_c_5601-1987", "CP949"},
      {"euc-kr", "CP949"},          {"big5", "BIG5-HKSCS"},  {"iso-8859-8-i", "CP1255"}, {"unicode-1-1-utf-7", "UTF-7"},
      {"x-mac-roman", "MACINTOSH"},
  };
  const auto* found =
      std::find_if(std::begin(kNames), std::end(kNames), [&](const auto& e) { return e.first == name; });
  return found == std::end(kNames) ? name : found->second;
}

// A name from a mail goes to iconv only if it can be nothing but a name: no '/' (iconv options, paths).
bool is_plain_name(std::string_view name) {
  return name.size() <= kLongestName && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == ':' ||
                  c == '+';
         });
}

bool is_ascii(std::string_view bytes) {
  return std::none_of(bytes.begin(), bytes.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

CharsetText in_charset(std::string_view bytes, const std::string& name) {
  const bool ascii_compatible = !name.starts_with("utf-16") && !name.starts_with("utf-32") &&
                                !name.starts_with("ucs-") && !name.starts_with("iso-2022") &&
                                name.find("utf-7") == std::string::npos && name != "utf7" && name != "utf16" &&
                                name != "utf32";
  if (ascii_compatible && is_ascii(bytes)) return {std::string(bytes), false};
  if (name == "utf-8" || name == "utf8") {
    if (is_valid_utf8(bytes)) return {std::string(bytes), false};
    return {to_valid_utf8(bytes), true};
  }
  if (name.empty() || name == "us-ascii" || name == "ascii" || name == "ansi_x3.4-1968") {
    if (is_valid_utf8(bytes)) return {std::string(bytes), false};
    auto guessed = Converter("CP1252").convert(bytes);
    guessed.damaged = true;
    return guessed;
  }
  if (is_plain_name(name)) {
    Converter converter(iconv_name(name));
    if (converter.ok()) return converter.convert(bytes);
  }
  return {to_valid_utf8(bytes), true};
}

}  // namespace

CharsetText to_utf8(std::string_view bytes, std::string_view charset) {
  auto result = in_charset(bytes, to_lower_ascii(charset));
  if (result.text.find('\0') == std::string::npos) return result;
  std::string clean;
  clean.reserve(result.text.size() + 16);
  for (const char c : result.text) {
    if (c == '\0') {
      clean += kReplacement;
    } else {
      clean += c;
    }
  }
  return {std::move(clean), true};
}

std::string charset_in_html(std::string_view html) {
  const auto head = to_lower_ascii(html.substr(0, 1024));
  const auto meta = head.find("<meta");
  const auto at = meta == std::string::npos ? std::string::npos : head.find("charset=", meta);
  if (at == std::string::npos) return {};
  auto begin = at + std::string_view("charset=").size();
  if (begin < head.size() && (head[begin] == '"' || head[begin] == '\'')) ++begin;
  const auto end = head.find_first_of("\"'; />\r\n\t", begin);
  return head.substr(begin, end == std::string::npos ? std::string::npos : end - begin);
}

}  // namespace mailmgr::mail
