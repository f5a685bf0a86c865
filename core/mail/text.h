// Text for people and for the index.
#pragma once

#include <string>
#include <string_view>

namespace mailmgr {

// HTML as readable text: block structure as lines, links as footnotes, scripts, styles and hidden parts left out.
std::string html_to_text(std::string_view html);

// The text with what it quotes folded: a run of lines that begin with ">", and what stands below the line or the block
// of headers with which Outlook begins the original, become "[12 quoted lines]". Text that quotes alone stays as it is.
std::string fold_quotes(std::string_view text);

// Text prepared for the full-text index and, in the same way, for queries: every CJK character becomes a word of its
// own (SQLite's unicode61 tokenizer would take a run of them as one word), at most `max_bytes` are kept, cut at a
// character.
std::string for_index(std::string_view text, std::size_t max_bytes);

}  // namespace mailmgr
