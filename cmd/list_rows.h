// What `list` and `search` share: options, and the rows of a query; with `folders`, how they are shown.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cmd/output/listing.h"
#include "core/ports/message_reader.h"

namespace CLI {
class App;
}

namespace mailmgr {

class App;
class AccountNames;

struct ListOptions {
  bool threads = false;
  std::optional<std::uint64_t> limit;
  std::optional<std::int64_t> before;
  std::string sort = "date";
};

void add_list_options(CLI::App& cli, ListOptions& options);

// The accounts and the part of the list that the options name.
Result<Selection> list_selection(App& app, const ListOptions& options);
// Shows the rows, through a pager where people read them; the outcome of a listing, --fail-empty included.
Status finish_listing(App& app, output::Listing& listing);
// Prints what the query finds, or, as one row each, the conversations it finds something of.
Status print_found(App& app, const query::Query& query, const Selection& selection, bool threads);

}  // namespace mailmgr
