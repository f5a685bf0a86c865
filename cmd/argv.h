// Makes command lines readable for CLI11. Words like `-in:spam`, `-not` or `+work` are operands of search and list, but
// look like options, and so may the words of a program that `key set-source command` is given, or like commands of our
// own, and sendmail has a command line of another age (sendmail_words.h): they are shielded with a prefix no real word
// begins with, and unshielded when they are read (command_line.cpp).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace mailmgr {

std::vector<std::string> shield(std::vector<std::string> words);
std::string unshield(std::string word);

// Where the word "sendmail" stands as the command that is named; nullopt if another one is.
std::optional<std::size_t> find_sendmail(const std::vector<std::string>& words);

}  // namespace mailmgr
