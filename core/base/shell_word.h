// Words as a shell reads them back, because hints are there to be copied.
#pragma once

#include <span>
#include <string>

namespace mailmgr {

// Quoted where need be.
std::string shell_word(const std::string& text);
// A command line.
std::string shell_words(std::span<const std::string> words);

}  // namespace mailmgr
