// From the words of a command line to a query: the one place where saved searches (@NAME) come in. Every command that
// takes words of the search language or --query reads them here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/query/query.h"

namespace mailmgr {

class App;

// The words as one text.
std::string joined_words(const std::vector<std::string>& words);

// What `command` is to look for in those accounts (empty: all). usage as query::parse(), with a mark below the place
// for people on a terminal; not_found for a saved search that there is not, and for a folder or label that none of the
// accounts has. A blank text is a query for everything.
Result<query::Query> read_query(App& app, std::string_view command, std::string_view text,
                                const std::vector<AccountId>& accounts);

// Whether the word is @NAME of a saved search that there is.
bool names_saved_search(App& app, std::string_view word);

}  // namespace mailmgr
