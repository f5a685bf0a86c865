#include "cmd/output/terminal.h"

#include <doctest/doctest.h>

using namespace mailmgr::output;

TEST_CASE("attack 59: escape sequences, C1 controls and bidirectional overrides become visible") {
  CHECK(one_line("\x1b]52;c;evil\x07") == "\\x1b]52;c;evil\\x07");
  CHECK(one_line("\xc2\x9b"
                 "31m") == "\\x9b31m");
  CHECK(one_line("abc\xe2\x80\xae"
                 "def") == "abc\\u202edef");
  CHECK(one_line("a\r\nb\tc") == "a\\r\\nb\\tc");
  CHECK(one_line("\xff") == "\xef\xbf\xbd");
}

TEST_CASE("several lines keep their breaks and tabs, and nothing else") {
  CHECK(many_lines("a\r\nb\tc\n\x1b[2J") == "a\nb\tc\n\\x1b[2J");
  CHECK(many_lines("over\rwritten") == "over\\rwritten");
}

TEST_CASE("wide characters take two columns, combining marks none") {
  CHECK(width("日本") == 4);
  CHECK(width("e\xcc\x81") == 1);
  CHECK(cut("日本語", 5) == "日本…");
  CHECK(cut("abc", 3) == "abc");
  CHECK(fit("日", 4) == "日  ");
  CHECK(cut("abc", 0).empty());
}
