#include "core/base/file_name.h"

#include <doctest/doctest.h>

#include "core/base/encoding.h"

using namespace mailmgr;

namespace {

std::string safe(std::string_view name) {
  return safe_file_name(name, "application/octet-stream");
}

}  // namespace

TEST_CASE("a name that harms nothing stays as it is") {
  for (const auto* name : {"report.pdf", "Übersicht 2026.xlsx", "a-b_c (1).tar.gz", "日本.txt", "con-fig.txt"}) {
    CHECK(safe(name) == name);
  }
}

TEST_CASE("attack 62: a name out of mail never leads anywhere, hides, or is taken for something else") {
  CHECK(safe("../x") == "x");
  CHECK(safe("/etc/x") == "x");
  CHECK(safe("..\\x") == "x");
  CHECK(safe("C:\\a\\b.txt") == "b.txt");
  CHECK(safe("../..") == "attachment");
  CHECK(safe("a/") == "attachment");
  CHECK(safe(".bashrc") == "bashrc");
  CHECK(safe("...") == "attachment");
  CHECK(safe("-rf") == "_-rf");
  CHECK(safe("~root") == "_~root");
  CHECK(safe("CON") == "_CON");
  CHECK(safe("nul.txt") == "_nul.txt");
  CHECK(safe("Lpt1 .pdf") == "_Lpt1 .pdf");
  CHECK(safe("a\nb\x1b[31m\x7f.txt") == "a_b_[31m_.txt");
  CHECK(safe(std::string_view("a\0b.txt", 7)) == "a_b.txt");
  CHECK(safe("invoice\u202Efdp.exe") == "invoice_fdp.exe");
  CHECK(safe("a\u2028b\u0085c") == "a_b_c");
  CHECK(safe("a:b*?\"<>|.txt") == "a_b______.txt");
  CHECK(safe("a. . ") == "a");
  CHECK(is_valid_utf8(safe("\xff\xfe.txt")));
}

TEST_CASE("attack 62: a name of any length keeps its extension and whole characters in 200 bytes") {
  std::string longest;
  for (int i = 0; i < 4096; ++i) longest += "ü";
  const auto name = safe(longest + ".pdf");
  CHECK(name.size() <= 200);
  CHECK(name.ends_with("ü.pdf"));
  CHECK(is_valid_utf8(name));
  CHECK(safe(std::string(4096, 'x')).size() == 200);
  CHECK(safe("a." + std::string(4096, 'x')).size() == 200);
}

TEST_CASE("what has no name is called after its type, and numbers go before the extension") {
  CHECK(safe_file_name("", "application/pdf") == "attachment.pdf");
  CHECK(safe_file_name("", "message/rfc822") == "message.eml");
  CHECK(safe_file_name("", "x/y") == "attachment");
  CHECK(numbered_file_name("a.pdf", 1) == "a.pdf");
  CHECK(numbered_file_name("a.pdf", 2) == "a (2).pdf");
  CHECK(numbered_file_name("Makefile", 3) == "Makefile (3)");
}
