#include "tests/sandbox/vocabulary.h"

#include <glib.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>
#include <stdexcept>

#include "core/base/encoding.h"
#include "tests/sandbox/form.h"

namespace mailmgr::sandbox {
namespace {

constexpr std::size_t kWords = 6000;
constexpr std::size_t kChances = 65536;
constexpr std::size_t kLineLength = 72;

std::string made_up_word(Dice& dice) {
  constexpr std::array<std::string_view, 24> kStarts = {"b",  "br", "c",  "ch", "d",  "dr", "f", "g",
                                                        "gr", "h",  "k",  "l",  "m",  "n",  "p", "pl",
                                                        "r",  "s",  "st", "t",  "tr", "v",  "w", "z"};
  constexpr std::array<std::string_view, 10> kMiddles = {"a", "e", "i", "o", "u", "ai", "ea", "ie", "oo", "ou"};
  constexpr std::array<std::string_view, 10> kEnds = {"", "n", "r", "l", "s", "t", "m", "ck", "nd", "st"};
  std::string word;
  const auto syllables = dice.between(2, 3);
  for (std::size_t i = 0; i < syllables; ++i) {
    word += dice.pick(kStarts);
    word += dice.pick(kMiddles);
    if (i + 1 == syllables) word += dice.pick(kEnds);
  }
  return word;
}

std::string in_charset(const std::string& text, const std::string& charset) {
  gsize length = 0;
  char* converted =
      g_convert(text.data(), static_cast<gssize>(text.size()), charset.c_str(), "UTF-8", nullptr, &length, nullptr);
  if (!converted) throw std::runtime_error("made-up mail: this system cannot write " + charset);
  std::string bytes(converted, length);
  g_free(converted);
  return bytes;
}

}  // namespace

Vocabulary::Vocabulary() : languages_(foreign_languages()) {
  std::set<std::string> known;
  const auto add = [&](const std::string& text) {
    if (text.size() > 14 || !known.insert(text).second) return;
    Word word;
    std::memcpy(word.text.data(), text.data(), text.size());
    word.text[text.size()] = ' ';
    word.length = static_cast<std::uint8_t>(text.size() + 1);
    words_.push_back(word);
  };
  for (const auto& word : split_words(english_words())) add(word);
  Dice dice(0, hash_text("words"), 0);  // the same language for every seed
  while (words_.size() < kWords) add(made_up_word(dice));

  // Zipf and Mandelbrot: the word of rank r has a share of 1 / (r + 2.7).
  double total = 0;
  for (std::size_t rank = 0; rank < kWords; ++rank) total += 1 / (static_cast<double>(rank) + 2.7);
  by_chance_.reserve(kChances);
  for (std::size_t rank = 0; rank < kWords && by_chance_.size() < kChances; ++rank) {
    const auto share = kChances / (static_cast<double>(rank) + 2.7) / total;
    by_chance_.insert(by_chance_.end(), static_cast<std::size_t>(std::ceil(share)), static_cast<std::uint16_t>(rank));
  }
  by_chance_.resize(kChances, 0);
  for (auto& language : languages_) {
    for (auto& word : language.words) word = in_charset(word, language.charset);
    for (auto* headers : {&language.subjects, &language.names})
      for (auto& text : *headers)
        text = "=?" + language.charset + "?B?" + base64(in_charset(text, language.charset)) + "?=";
  }
}

void Vocabulary::prose(std::string& out, Dice& dice, std::size_t bytes, std::string_view indent) const {
  const auto start = out.size();
  out.resize(start + bytes + 256);  // the last sentence may run over; each turn writes less than 64 bytes
  char* const begin = out.data() + start;
  char* at = begin;
  char* line = at;
  const auto write = [&](std::string_view text) { at = std::copy(text.begin(), text.end(), at); };
  const auto new_line = [&] {
    write("\r\n");
    line = at;
    write(indent);
  };
  write(indent);
  std::uint64_t bits = 0;
  unsigned left = 0;
  unsigned in_sentence = 0, in_paragraph = 0;
  unsigned sentence_length = 6 + dice.next() % 13, paragraph_length = 2 + dice.next() % 5;
  while (static_cast<std::size_t>(at - begin) < bytes) {
    if (left == 0) {
      bits = dice.next();
      left = 4;
    }
    const auto& word = words_[by_chance_[bits & 0xFFFF]];
    bits >>= 16;
    --left;
    std::memcpy(at, word.text.data(), 16);
    if (in_sentence == 0) *at = static_cast<char>(*at - ('a' - 'A'));
    at += word.length;
    if (++in_sentence == sentence_length) {
      at[-1] = '.';
      *at++ = ' ';
      in_sentence = 0;
      sentence_length = 6 + dice.next() % 13;
      if (++in_paragraph == paragraph_length) {
        in_paragraph = 0;
        paragraph_length = 2 + dice.next() % 5;
        --at;
        new_line();
        new_line();
        continue;
      }
    }
    if (at - line > static_cast<std::ptrdiff_t>(kLineLength - 10)) {
      --at;
      new_line();
    }
  }
  write("\r\n");
  out.resize(start + static_cast<std::size_t>(at - begin));
}

std::string Vocabulary::phrase(Dice& dice, std::size_t count) const {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    const auto& word = words_[by_chance_[dice.next() & 0xFFFF]];
    text.append(word.text.data(), word.length);
  }
  text.pop_back();
  text[0] = static_cast<char>(text[0] - ('a' - 'A'));
  return text;
}

}  // namespace mailmgr::sandbox
