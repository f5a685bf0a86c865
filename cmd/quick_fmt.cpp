// fmt as a part of the program that lists, which is linked with no library that it can be without: with -lfmt came
// libstdc++ as a library of its own, and its 1,800 symbols to be looked up at each start. Here is what our sources,
// compiled against the library, ask of it.
#define FMT_HEADER_ONLY
#include <fmt/format.h>

template auto fmt::detail::thousands_sep_impl<char>(fmt::detail::locale_ref) -> fmt::detail::thousands_sep_result<char>;

namespace mailmgr {

// Whose address is taken stands in the object file, and with it what it calls.
extern std::string (*const kVformat)(fmt::string_view, fmt::format_args);
std::string (*const kVformat)(fmt::string_view, fmt::format_args) = &fmt::vformat;

}  // namespace mailmgr
