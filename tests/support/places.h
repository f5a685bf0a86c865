// Where a test finds the project's files and programs. The only place that holds absolute paths, so that a compiler
// cache serves clones in different folders.
#pragma once

#include <string>
#include <string_view>

namespace mailmgr::test {

std::string source_folder();  // of the project
std::string build_folder();   // mailmgr is here, mailmgr-sandbox in tests/ below it

// The source of a page of section 1 ("mailmgr-sync").
std::string manual_page(std::string_view name);

}  // namespace mailmgr::test
