#include "core/mail/header_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/base/encoding.h"

namespace mailmgr::mail {
namespace {

constexpr std::size_t kLine = 76;
constexpr std::size_t kLongestParameter = 54;
constexpr std::size_t kLongestWord = 900;      // an unfoldable word beyond this would break the 998 of RFC 5322 §2.1.1
constexpr std::size_t kEncodedWordBytes = 42;  // in base64 with its frame: under the 75 of RFC 2047 §2

bool is_plain(std::string_view value) {
  if (value.find("=?") != std::string_view::npos) return false;  // would be decoded by the reader
  if (value.starts_with(' ') || value.ends_with(' ') || value.starts_with('\t') || value.ends_with('\t')) return false;
  std::size_t word = 0;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x7F || (byte < 0x20 && c != '\t')) return false;
    word = c == ' ' || c == '\t' ? 0 : word + 1;
    if (word > kLongestWord) return false;
  }
  return true;
}

// The whole text as encoded words of whole characters, parted by spaces, which readers drop (RFC 2047 §6.2).
std::string encode_words(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    auto length = std::min(text.size(), kEncodedWordBytes);
    while (length < text.size() && length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) --length;
    if (!out.empty()) out += ' ';
    out += "=?UTF-8?B?" + base64(text.substr(0, length)) + "?=";
    text.remove_prefix(length);
  }
  return out;
}

// Appends "Name: value", broken before spaces so that lines stay within kLine where words allow it.
void write_folded(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ':';
  std::size_t column = name.size() + 1;
  std::size_t at = 0;
  std::string_view blanks = " ";
  while (at < value.size()) {
    const auto end = std::min(value.find_first_of(" \t", at), value.size());
    const auto word = value.substr(at, end - at);
    // A folded line must not consist of blanks alone, hence never fold before the first word.
    if (at > 0 && column + blanks.size() + word.size() > kLine && !word.empty()) {
      out += "\r\n";
      column = 0;
    }
    out += blanks;
    out += word;
    column += blanks.size() + word.size();
    at = std::min(value.find_first_not_of(" \t", end), value.size());
    blanks = value.substr(end, at - end);
  }
  out += "\r\n";
}

}  // namespace

bool needs_quotes(std::string_view phrase) {
  const auto special = [](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return !letter && static_cast<unsigned char>(c) < 0x80 &&
           std::string_view(" !#$%&'*+-/=?^_`{|}~").find(c) == std::string_view::npos;
  };
  const bool blanks_matter =
      phrase.find("  ") != std::string_view::npos || phrase.starts_with(' ') || phrase.ends_with(' ');
  return blanks_matter || std::any_of(phrase.begin(), phrase.end(), special);
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string encode_phrase(std::string_view name) {
  if (!is_plain(name) || name.size() > kLongestWord) return encode_words(name);
  return needs_quotes(name) ? quoted(name) : std::string(name);
}

void write_text_field(std::string& out, std::string_view name, std::string_view value) {
  write_folded(out, name, is_plain(value) ? std::string(value) : encode_words(value));
}

void write_address_field(std::string& out, std::string_view name, const std::vector<Address>& addresses) {
  if (addresses.empty()) return;
  std::string value;
  for (const auto& address : addresses) {
    if (!value.empty()) value += ", ";
    value += address.name.empty() ? address.email : encode_phrase(address.name) + " <" + address.email + ">";
  }
  write_folded(out, name, value);
}

void write_ids_field(std::string& out, std::string_view name, const std::vector<std::string>& ids) {
  if (ids.empty()) return;
  std::string value;
  for (const auto& id : ids) value += (value.empty() ? "" : " ") + id;
  write_folded(out, name, value);
}

void write_parameter(std::string& out, std::string_view name, std::string_view value) {
  if (value.size() <= kLongestParameter && is_plain(value)) {
    out += fmt::format(";\r\n {}={}", name, quoted(value));
    return;
  }
  auto encoded = percent_encode(value);
  if (encoded.size() <= kLongestParameter) {
    out += fmt::format(";\r\n {}*=UTF-8''{}", name, encoded);
    return;
  }
  std::string_view rest = encoded;
  for (int section = 0; !rest.empty(); ++section) {
    auto length = std::min(rest.size(), kLongestParameter);
    // Not inside an escape.
    const auto escape = rest.substr(0, length).rfind('%');
    if (length < rest.size() && escape != std::string_view::npos && escape + 3 > length) length = escape;
    out += fmt::format(";\r\n {}*{}*={}{}", name, section, section == 0 ? "UTF-8''" : "", rest.substr(0, length));
    rest.remove_prefix(length);
  }
}

std::string format_date(Time time) {
  using namespace std::chrono;
  static constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(floor<seconds>(time - day));
  return fmt::format("{}, {} {} {:04} {:02}:{:02}:{:02} +0000", kDays.at(weekday(day).c_encoding()),
                     static_cast<unsigned>(date.day()), kMonths.at(static_cast<unsigned>(date.month()) - 1),
                     static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count());
}

}  // namespace mailmgr::mail
