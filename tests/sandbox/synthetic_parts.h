// Bodies and attachments of made-up mail, as MIME entities: header fields, an empty line, content ending in CRLF.
#pragma once

#include <string>
#include <string_view>

#include "tests/sandbox/dice.h"
#include "tests/sandbox/vocabulary.h"

namespace mailmgr::sandbox {

// RFC 2045 §6.7 and §6.8, lines of at most 76 characters, CRLF.
std::string quoted_printable(std::string_view text);
std::string base64_lines(std::string_view bytes);

// Appends text/plain in English, about `bytes` long, answering `quoted` bytes of another message.
void append_plain(std::string& out, const Vocabulary& words, Dice& dice, std::size_t bytes, std::size_t quoted);
// Appends multipart/alternative of the same English text as plain and as HTML of about `html_bytes`.
void append_alternative(std::string& out, const Vocabulary& words, Dice& dice, std::size_t text_bytes,
                        std::size_t html_bytes);
// Appends text/html alone, as newsletters are.
void append_newsletter(std::string& out, const Vocabulary& words, Dice& dice, std::size_t bytes);
// Appends text/plain in another language, in one of its charset's usual encodings.
void append_foreign(std::string& out, const Language& language, Dice& dice, std::size_t bytes);
// Appends an attachment of about `bytes` encoded bytes: PDF, image, office document, archive.
void append_attachment(std::string& out, Dice& dice, std::size_t bytes);

}  // namespace mailmgr::sandbox
