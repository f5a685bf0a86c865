#include "cmd/output/terminal.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

#include "core/base/encoding.h"

namespace mailmgr::output {
namespace {

struct Range {
  char32_t first, last;
};

// Unicode Cf and Zl/Zp characters that change how what follows is shown, or hide it.
constexpr std::array<Range, 8> kDeceptive{{{0x061c, 0x061c},
                                           {0x200e, 0x200f},
                                           {0x2028, 0x202e},
                                           {0x2060, 0x2069},
                                           {0x206a, 0x206f},
                                           {0xfeff, 0xfeff},
                                           {0xfff9, 0xfffb},
                                           {0xe0000, 0xe007f}}};

// Unicode East Asian Width W and F, and emoji, in ranges wide enough for terminals.
constexpr std::array<Range, 13> kWide{{{0x1100, 0x115f},
                                       {0x2e80, 0x303e},
                                       {0x3041, 0x33ff},
                                       {0x3400, 0x4dbf},
                                       {0x4e00, 0x9fff},
                                       {0xa000, 0xa4cf},
                                       {0xa960, 0xa97f},
                                       {0xac00, 0xd7a3},
                                       {0xf900, 0xfaff},
                                       {0xfe30, 0xfe6f},
                                       {0xff00, 0xff60},
                                       {0x1f300, 0x1faff},
                                       {0x20000, 0x3fffd}}};

constexpr std::array<Range, 7> kZeroWidth{{{0x0300, 0x036f},
                                           {0x0483, 0x0489},
                                           {0x0591, 0x05bd},
                                           {0x064b, 0x065f},
                                           {0x200b, 0x200d},
                                           {0x20d0, 0x20ff},
                                           {0xfe00, 0xfe0f}}};

template <std::size_t N>
bool in(const std::array<Range, N>& ranges, char32_t c) {
  return std::any_of(ranges.begin(), ranges.end(), [c](Range r) { return r.first <= c && c <= r.last; });
}

// Reads one character of valid UTF-8 and moves `at` behind it.
char32_t next_character(std::string_view text, std::size_t& at) {
  const auto byte = static_cast<unsigned char>(text[at++]);
  if (byte < 0x80) return byte;
  const int more = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : 1;
  char32_t c = byte & (0x3f >> more);
  for (int i = 0; i < more && at < text.size(); ++i) c = (c << 6) | (static_cast<unsigned char>(text[at++]) & 0x3f);
  return c;
}

std::size_t columns_of(char32_t c) {
  if (in(kZeroWidth, c)) return 0;
  return in(kWide, c) ? 2 : 1;
}

std::string escaped(char32_t c) {
  switch (c) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      return c < 0x100 ? fmt::format("\\x{:02x}", static_cast<unsigned>(c))
                       : fmt::format("\\u{:04x}", static_cast<unsigned>(c));
  }
}

// What a terminal obeys, or what makes it show something else than is there.
bool is_unsafe(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || in(kDeceptive, c);
}

std::string made_safe(std::string_view bytes, bool keep_layout) {
  const std::string text = to_valid_utf8(bytes);
  std::string safe;
  safe.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t start = at;
    const char32_t c = next_character(text, at);
    if (keep_layout && c == '\r' && at < text.size() && text[at] == '\n') continue;
    if (is_unsafe(c) && !(keep_layout && (c == '\n' || c == '\t'))) {
      safe += escaped(c);
    } else {
      safe.append(text, start, at - start);
    }
  }
  return safe;
}

}  // namespace

std::string one_line(std::string_view text) {
  return made_safe(text, false);
}
std::string many_lines(std::string_view text) {
  return made_safe(text, true);
}

std::string safe_json(std::string_view json) {
  std::string safe;
  safe.reserve(json.size());
  for (std::size_t at = 0; at < json.size();) {
    const std::size_t start = at;
    const char32_t c = next_character(json, at);
    if (!is_unsafe(c)) {
      safe.append(json, start, at - start);
    } else if (c < 0x10000) {
      safe += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {  // RFC 8259 §7: a surrogate pair
      const unsigned rest = static_cast<unsigned>(c) - 0x10000;
      safe += fmt::format("\\u{:04x}\\u{:04x}", 0xd800 + (rest >> 10), 0xdc00 + (rest & 0x3ff));
    }
  }
  return safe;
}

std::size_t width(std::string_view text) {
  std::size_t columns = 0;
  for (std::size_t at = 0; at < text.size();) columns += columns_of(next_character(text, at));
  return columns;
}

std::string cut(std::string_view text, std::size_t columns) {
  if (width(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::size_t used = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t behind = at;
    const std::size_t more = columns_of(next_character(text, behind));
    if (used + more > columns - 1) break;
    used += more;
    at = behind;
  }
  return std::string(text.substr(0, at)) + "…";
}

std::string fit(std::string_view text, std::size_t columns) {
  std::string fitted = cut(text, columns);
  fitted.append(columns - std::min(columns, width(fitted)), ' ');
  return fitted;
}

bool reader_is_gone(int fd) {
  pollfd pipe{fd, POLLOUT, 0};
  return ::poll(&pipe, 1, 0) == 1 && (pipe.revents & (POLLERR | POLLHUP)) != 0;
}

bool is_terminal(int fd) {
  return ::isatty(fd) == 1;
}

std::size_t terminal_columns() {
  if (const char* columns = std::getenv("COLUMNS")) {
    std::size_t value = 0;
    const std::string_view text = columns;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc() && end == text.data() + text.size() && value > 0) return value;
  }
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

}  // namespace mailmgr::output
