// Words for made-up mail. English words come with the frequencies of a natural text (Zipf), common words from a list
// and thousands of rare ones made of syllables, so that a full-text index over the mail behaves like one over real
// mail. Other languages have short word lists, kept in the bytes of their charset.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sandbox/dice.h"

namespace mailmgr::sandbox {

// How a text that is not English is written in a message.
struct Language {
  std::string charset;
  std::vector<std::string> words;           // in that charset, each a valid text of its own
  std::vector<std::string> subjects;        // encoded words (RFC 2047), as they stand in a header
  std::vector<std::string> names;           // of correspondents, encoded words too
  std::vector<std::string_view> encodings;  // Content-Transfer-Encodings in use with it
  std::string_view separator = " ";
};

class Vocabulary {
 public:
  Vocabulary();

  // Appends about `bytes` bytes of English sentences in paragraphs, lines of up to 78 characters ended by CRLF, each
  // starting with `indent` ("> " for quoted text).
  void prose(std::string& out, Dice& dice, std::size_t bytes, std::string_view indent = {}) const;
  // A few words, the first with a capital letter.
  std::string phrase(Dice& dice, std::size_t words) const;
  const std::vector<Language>& languages() const { return languages_; }

 private:
  // Padded so that a word is copied with one fixed-size move; the text ends with a space.
  struct Word {
    std::array<char, 16> text{};
    std::uint8_t length = 0;
  };
  std::vector<Word> words_;
  std::vector<std::uint16_t> by_chance_;  // 65,536 entries: rank of the word for 16 random bits
  std::vector<Language> languages_;
};

// The word lists themselves (word_lists.cpp), in UTF-8.
std::string_view english_words();           // by falling frequency, separated by spaces
std::vector<Language> foreign_languages();  // everything in UTF-8

}  // namespace mailmgr::sandbox
