#include "core/mailfiles/maildir_name.h"

#include <array>
#include <charconv>

#include "core/base/encoding.h"

namespace mailmgr {

MaildirName split_maildir_name(std::string_view name) {
  const auto at = name.find_last_of(":!;");
  if (at == name.npos || name.substr(at + 1, 2) != "2,") return {std::string(name.substr(0, at)), ""};
  return {std::string(name.substr(0, at)), std::string(name.substr(at + 3))};
}

std::vector<std::string> read_keywords(std::string_view text) {
  std::vector<std::string> keywords;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    std::size_t number = 0;
    const auto [rest, problem] = std::from_chars(line.data(), line.data() + line.size(), number);
    const std::string_view name(rest, static_cast<std::size_t>(line.data() + line.size() - rest));
    if (problem != std::errc() || number >= kMostKeywords || name.size() < 2 || name.front() != ' ') continue;
    if (keywords.size() <= number) keywords.resize(number + 1);
    keywords[number] = name.substr(1);
  }
  return keywords;
}

std::string write_keywords(const std::vector<std::string>& keywords) {
  std::string text;
  for (std::size_t i = 0; i < keywords.size(); ++i) {
    if (!keywords[i].empty()) text += std::to_string(i) + " " + keywords[i] + "\n";
  }
  return text;
}

std::string keyword_name(std::string_view label) {
  std::string name;
  for (const char c : label) {
    const bool refused = static_cast<unsigned char>(c) <= ' ' || c == 0x7f ||
                         std::string_view("(){%*\"\\]").find(c) != std::string_view::npos;
    name += refused ? '_' : c;
  }
  return name;
}

std::string folder_word(std::string_view path) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 16> kNames{{{"inbox", "inbox"},
                                                                                  {"archive", "archive"},
                                                                                  {"archives", "archive"},
                                                                                  {"all mail", "archive"},
                                                                                  {"sent", "sent"},
                                                                                  {"sent items", "sent"},
                                                                                  {"sent mail", "sent"},
                                                                                  {"sent messages", "sent"},
                                                                                  {"drafts", "drafts"},
                                                                                  {"trash", "trash"},
                                                                                  {"deleted items", "trash"},
                                                                                  {"deleted messages", "trash"},
                                                                                  {"spam", "spam"},
                                                                                  {"junk", "spam"},
                                                                                  {"junk email", "spam"},
                                                                                  {"junk e-mail", "spam"}}};
  for (const auto& [name, word] : kNames) {
    if (equals_ignoring_ascii_case(path, name)) return std::string(word);
  }
  return std::string(path);
}

}  // namespace mailmgr
