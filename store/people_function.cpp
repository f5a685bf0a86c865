#include "store/people_function.h"

#include <sqlite3.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <new>
#include <string_view>
#include <vector>

#include "store/people.h"

namespace mailmgr::store {
namespace {

using AddressRows = std::vector<std::int64_t>;  // sorted

// Of "[3,17]"; whatever is no number parts two of them.
AddressRows read_rows(std::string_view json) {
  AddressRows rows;
  for (const char *at = json.data(), *end = at + json.size(); at != end;) {
    std::int64_t row = 0;
    const auto [next, problem] = std::from_chars(at, end, row);
    if (problem == std::errc()) rows.push_back(row);
    at = problem == std::errc() ? next : at + 1;
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

std::string_view bytes_of(sqlite3_value* value) {
  const auto* bytes = static_cast<const char*>(sqlite3_value_blob(value));
  return {bytes, bytes ? static_cast<std::size_t>(sqlite3_value_bytes(value)) : 0};
}

void names(sqlite3_context* context, int, sqlite3_value** arguments) {
  try {
    // The rows are the same for all messages of a statement: SQLite keeps them as long as they are.
    auto* rows = static_cast<AddressRows*>(sqlite3_get_auxdata(context, 2));
    std::unique_ptr<AddressRows> read;
    if (!rows) {
      read = std::make_unique<AddressRows>(read_rows(bytes_of(arguments[2])));
      rows = read.get();
    }
    const auto kinds = static_cast<std::uint64_t>(sqlite3_value_int64(arguments[1]));
    const auto people = decode_people(bytes_of(arguments[0]));
    const bool named = std::any_of(people.begin(), people.end(), [&](const PersonRef& person) {
      return (kinds >> static_cast<unsigned>(person.first) & 1U) != 0 &&
             std::binary_search(rows->begin(), rows->end(), person.second);
    });
    sqlite3_result_int(context, named ? 1 : 0);
    if (read) {
      sqlite3_set_auxdata(context, 2, read.release(), [](void* kept) { delete static_cast<AddressRows*>(kept); });
    }
  } catch (const std::bad_alloc&) {
    sqlite3_result_error_nomem(context);
  }
}

}  // namespace

void register_people_function(SQLite::Database& db) {
  db.createFunction("mailmgr_names", 3, true, nullptr, names);
}

}  // namespace mailmgr::store
