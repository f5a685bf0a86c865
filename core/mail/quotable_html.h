// Someone else's HTML as a part of a message of our own: a fragment that cannot leave the element it is put in,
// whatever the original says. Private to this room. One pass, no tree.
#pragma once

#include <string>
#include <string_view>

namespace mailmgr::mail {

// What shows the text stays: formatting, tables, lists, links, images, style attributes. What acts goes: scripts,
// forms, frames, event handlers, addresses other than http, https, mailto, tel, cid and images in data:. So do style
// sheets, which would style what is written above the quote, and styles that move a part out of its place or
// fetch something. Images stay where they are, on other servers too. Every
// element is closed, no end tag without its start tag stays; elements nested deeper than 256 are dropped, their text
// stays.
std::string quotable_html(std::string_view html);

}  // namespace mailmgr::mail
