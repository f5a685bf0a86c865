#include "tests/sandbox/synthetic_parts.h"

#include <fmt/format.h>

#include <array>
#include <cstring>

#include "core/base/encoding.h"

namespace mailmgr::sandbox {
namespace {

constexpr std::size_t kEncodedLine = 76;

// Text whose every line is one paragraph's line, turned into HTML paragraphs between what newsletters are made of.
void append_html(std::string& out, std::string_view text, Dice& dice, std::size_t bytes) {
  out +=
      "<!DOCTYPE html>\r\n<html><head><meta charset=\"us-ascii\">\r\n<style type=\"text/css\">\r\n"
      "body{margin:0;font-family:Arial,Helvetica,sans-serif}.c{width:600px}\r\n</style></head>\r\n<body>\r\n"
      "<table class=\"c\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" align=\"center\"><tr><td>\r\n";
  const auto start = out.size();
  while (!text.empty()) {
    const auto end = text.find("\r\n\r\n");
    const auto paragraph = text.substr(0, end);
    out += "<p style=\"margin:0 0 16px 0;font-size:15px;line-height:22px;color:#333333\">\r\n";
    out += paragraph;
    if (!paragraph.ends_with("\r\n")) out += "\r\n";
    out += "</p>\r\n";
    text.remove_prefix(end == text.npos ? text.size() : end + 4);
  }
  while (out.size() - start < bytes) {
    fmt::format_to(
        std::back_inserter(out),
        "<tr><td style=\"padding:12px 24px;background-color:#{:06x};border:1px solid #dddddd\">\r\n"
        "<a href=\"https://news.example.com/click?c={:08x}&amp;u={:08x}\"\r\n style=\"color:#1155cc\"><img "
        "src=\"https://img.example.com/{:x}.png\" width=\"552\"\r\n height=\"180\" alt=\"\"></a></td></tr>\r\n",
        dice.next() & 0xFFFFFF, dice.next() & 0xFFFFFFFF, dice.next() & 0xFFFFFFFF, dice.next() & 0xFFFFFF);
  }
  out += "</td></tr></table>\r\n</body></html>\r\n";
}

// Two base64 characters for each 12 bits.
constexpr auto kPairs = [] {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::array<std::array<char, 2>, 4096> pairs{};
  for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i] = {kAlphabet[i >> 6], kAlphabet[i & 63]};
  return pairs;
}();

struct FileType {
  std::string_view type, extension;
  std::string_view magic;  // how such a file begins, in base64; a multiple of four characters
};

constexpr std::array<FileType, 5> kFileTypes = {{
    {"application/pdf", "pdf", "JVBERi0xLjcK"},
    {"image/jpeg", "jpg", "/9j/4AAQSkZJRgABAQAA"},
    {"image/png", "png", "iVBORw0KGgoAAAANSUhE"},
    {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx", "UEsDBBQABgAIAAAAIQAA"},
    {"application/zip", "zip", "UEsDBBQAAAAIAGSL"},
}};

}  // namespace

std::string quoted_printable(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size() * 2);
  std::size_t column = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') {
      out += "\r\n";
      ++i;
      column = 0;
      continue;
    }
    const bool line_ends = i + 1 == text.size() || text[i + 1] == '\r';
    const bool plain = (c > ' ' && c < 127 && c != '=') || (c == ' ' && !line_ends);
    if (column + (plain ? 1 : 3) >= kEncodedLine) {
      out += "=\r\n";
      column = 0;
    }
    if (plain) {
      out += static_cast<char>(c);
      ++column;
    } else {
      out += '=';
      out += kHex[c >> 4];
      out += kHex[c & 15];
      column += 3;
    }
  }
  return out;
}

std::string base64_lines(std::string_view bytes) {
  const auto encoded = base64(bytes);
  std::string out;
  out.reserve(encoded.size() + encoded.size() / 38 + 2);
  for (std::size_t at = 0; at < encoded.size(); at += kEncodedLine) {
    out.append(encoded, at, kEncodedLine);
    out += "\r\n";
  }
  return out;
}

void append_plain(std::string& out, const Vocabulary& words, Dice& dice, std::size_t bytes, std::size_t quoted) {
  out += "Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\n";
  if (quoted > 0) {
    out += "You wrote:\r\n";
    words.prose(out, dice, quoted, "> ");
    out += "\r\n";
  }
  words.prose(out, dice, bytes);
}

void append_alternative(std::string& out, const Vocabulary& words, Dice& dice, std::size_t text_bytes,
                        std::size_t html_bytes) {
  const auto boundary = fmt::format("alt_{:016x}", dice.next());
  const bool quoted = dice.percent(50);
  out += "Content-Type: multipart/alternative; boundary=\"" + boundary + "\"\r\n\r\n--" + boundary +
         "\r\nContent-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\n";
  const auto start = out.size();
  words.prose(out, dice, text_bytes);
  const auto length = out.size() - start;
  out += "\r\n--" + boundary + "\r\nContent-Type: text/html; charset=us-ascii\r\nContent-Transfer-Encoding: ";
  out += quoted ? "quoted-printable\r\n\r\n" : "7bit\r\n\r\n";
  if (quoted) {
    std::string html;
    append_html(html, std::string_view(out).substr(start, length), dice, html_bytes);
    out += quoted_printable(html);
  } else {
    const std::string text(out, start, length);
    append_html(out, text, dice, html_bytes);
  }
  out += "\r\n--" + boundary + "--\r\n";
}

void append_newsletter(std::string& out, const Vocabulary& words, Dice& dice, std::size_t bytes) {
  out += "Content-Type: text/html; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\n";
  std::string text;
  words.prose(text, dice, bytes / 3);
  append_html(out, text, dice, bytes);
}

void append_foreign(std::string& out, const Language& language, Dice& dice, std::size_t bytes) {
  std::string text;
  text.reserve(bytes + 128);
  std::size_t line = 0;
  while (text.size() < bytes) {
    const auto& word = language.words[std::min(dice.below(language.words.size()), dice.below(language.words.size()))];
    text += word;
    line += word.size();
    if (line > 60) {
      text += "\r\n";
      line = 0;
    } else {
      text += language.separator;
    }
  }
  text += "\r\n";
  const auto encoding = dice.pick(language.encodings);
  out += "Content-Type: text/plain; charset=" + language.charset + "\r\nContent-Transfer-Encoding: ";
  out += encoding;
  out += "\r\n\r\n";
  if (encoding == "base64")
    out += base64_lines(text);
  else if (encoding == "quoted-printable")
    out += quoted_printable(text);
  else
    out += text;
}

void append_attachment(std::string& out, Dice& dice, std::size_t bytes) {
  const auto& file = kFileTypes[dice.below(kFileTypes.size())];
  const auto number = dice.below(100000);
  const auto name = dice.percent(15) ? fmt::format("filename*=utf-8''%C3%9Cbersicht%20{}.{}", number, file.extension)
                                     : fmt::format("filename=\"document-{}.{}\"", number, file.extension);
  out += fmt::format(
      "Content-Type: {}\r\nContent-Disposition: attachment; {}\r\nContent-Transfer-Encoding: base64\r\n\r\n", file.type,
      name);
  const auto lines = std::max<std::size_t>(1, bytes / (kEncodedLine + 2));
  const auto start = out.size();
  out.resize(start + lines * (kEncodedLine + 2));
  char* at = out.data() + start;
  for (std::size_t line = 0; line < lines; ++line) {
    std::uint64_t bits = 0;
    for (std::size_t pair = 0; pair < kEncodedLine / 2; ++pair, bits >>= 12, at += 2) {
      if (pair % 5 == 0) bits = dice.next();
      std::memcpy(at, kPairs[bits & 0xFFF].data(), 2);
    }
    *at++ = '\r';
    *at++ = '\n';
  }
  std::memcpy(out.data() + start, file.magic.data(), file.magic.size());
}

}  // namespace mailmgr::sandbox
