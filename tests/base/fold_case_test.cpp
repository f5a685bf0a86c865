#include "core/base/fold_case.h"

#include <doctest/doctest.h>

using namespace mailmgr;

TEST_CASE("names are the same in capitals and small letters of any alphabet that has both, and accents count") {
  CHECK(equals_ignoring_case("Work/2026", "wORK/2026"));
  CHECK(equals_ignoring_case("\u00c4pfel", "\u00e4PFEL"));
  CHECK(equals_ignoring_case("\u0141\u00f3d\u017a", "\u0142\u00d3D\u0179"));
  CHECK(equals_ignoring_case("\u0391\u0398\u0397\u039d\u0391", "\u03b1\u03b8\u03b7\u03bd\u03b1"));
  CHECK(equals_ignoring_case("\u0420\u0430\u0431\u043e\u0442\u0430", "\u0440\u0410\u0411\u041e\u0422\u0410"));
  CHECK_FALSE(equals_ignoring_case("\u00c4pfel", "Apfel"));
  CHECK_FALSE(equals_ignoring_case("Work", "Works"));
  CHECK_FALSE(equals_ignoring_case("\u00c3", "\u00c4"));
}
