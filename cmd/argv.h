// Makes command lines readable for CLI11. Words like `-in:spam`, `-not` or `+work` are operands of search and list, but
// look like options, and so may the words of a program that `key set-source command` is given, or like commands of our
// own: they are shielded with a prefix no real word begins with, and unshielded when they are read.
#pragma once

#include <string>
#include <vector>

namespace mailmgr {

std::vector<std::string> shield(std::vector<std::string> words);
std::string unshield(std::string word);

}  // namespace mailmgr
