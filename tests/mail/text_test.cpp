#include "core/mail/text.h"

#include <doctest/doctest.h>

#include <string>

#include "core/base/encoding.h"

using namespace mailmgr;

namespace {

std::string repeated(std::string_view text, std::size_t bytes) {
  std::string out;
  while (out.size() < bytes) out += text;
  return out;
}

}  // namespace

TEST_CASE("HTML becomes readable lines") {
  CHECK(html_to_text("") == "");
  CHECK(html_to_text("one   two\n three") == "one two three\n");
  CHECK(html_to_text("<p>one</p><p>two</p>") == "one\n\ntwo\n");
  CHECK(html_to_text("<div>one</div><div>two</div>") == "one\ntwo\n");
  CHECK(html_to_text("one<br>two<br><br>three") == "one\ntwo\n\nthree\n");
  CHECK(html_to_text("<h1>Title</h1>text<hr>end") == "Title\n\ntext\n----\nend\n");
  CHECK(html_to_text("a <b>bold</b>, <i>it</i>alic <span>x</span>") == "a bold, italic x\n");
  CHECK(html_to_text("caf&eacute; &lt;x&gt; &amp;amp; &#8364;&nbsp;5 &euro;") == "café <x> &amp; € 5 €\n");
  CHECK(html_to_text("2 < 3 and 4 > 3") == "2 < 3 and 4 > 3\n");
}

TEST_CASE("lists, tables, quotes and preformatted text keep their shape") {
  CHECK(html_to_text("<ul><li>a<li>b<ul><li>c</ul></ul>d") == "- a\n- b\n  - c\n\nd\n");
  CHECK(html_to_text("<ol start=9><li>a<li>b two</ol>") == "9. a\n10. b two\n");
  CHECK(html_to_text("<table><tr><th>Name<th>Price<tr><td>Tea<td>3<tr><td></td><td>4</table>") ==
        "Name | Price\nTea | 3\n4\n");
  CHECK(html_to_text("<table><tr><td><p>left</p></td><td><div>right</div></td></tr></table>") == "left\n\nright\n");
  CHECK(html_to_text("see<blockquote>one<br>two<blockquote>deep</blockquote></blockquote>end") ==
        "see\n\n> one\n> two\n>\n> > deep\n\nend\n");
  CHECK(html_to_text("x<pre>a  b\n  c\n\nd</pre>y") == "x\n\na  b\n  c\n\nd\n\ny\n");
}

TEST_CASE("links are footnotes, once each, and not where the text is the address") {
  CHECK(html_to_text("<a href='https://example.org/a?x=1&amp;y=2'>here</a> and <a href=\"https://example.org/b\">there"
                     "</a>, again <a href='https://example.org/a?x=1&amp;y=2'>here</a>") ==
        "here [1] and there [2], again here [1]\n\n[1] https://example.org/a?x=1&y=2\n[2] https://example.org/b\n");
  CHECK(html_to_text("<a href=https://example.org>https://example.org</a>") == "https://example.org\n");
  CHECK(html_to_text("<a href='mailto:ada@example.org'>ada@example.org</a>") == "ada@example.org\n");
  CHECK(html_to_text("<a href='#top'>up</a> <a href='javascript:x()'>run</a> <a>plain</a>") == "up run plain\n");
  CHECK(html_to_text("<a href='https://example.org'><img src=x></a>") == "");
}

TEST_CASE("what is not meant for reading is left out") {
  CHECK(html_to_text("<head><title>t</title><style>p{}</style></head><body>x<script>alert('</p>')</script>y") ==
        "xy\n");
  CHECK(html_to_text("a<!-- <p>no</p> -->b<!DOCTYPE html>c") == "abc\n");
  CHECK(html_to_text("<div style='color:red; display: none'>no<div>no</div></div>yes") == "yes\n");
  CHECK(html_to_text("<span hidden>no</span>yes<p style=\"font-size:0px\">no</p>") == "yes\n");
  CHECK(html_to_text("<span style='font-size:0.9em'>yes</span>") == "yes\n");
  CHECK(html_to_text("<img src=t.gif width=1 height=1 alt=pixel><img src=l.png alt='Our logo' width=100>") ==
        "Our logo\n");
  CHECK(html_to_text("<table><tr style='display:none'><td>no<tr><td>yes</table>") == "yes\n");
  CHECK(html_to_text("pre\xE2\x80\x8B"
                     "view\xC2\xAD") == "preview\n");
}

TEST_CASE("hostile HTML ends in bounded time, memory and stack") {
  const auto size = std::size_t{1} << 20;
  const std::string repeats[] = {"<div>",
                                 "<blockquote>",
                                 "<table><tr><td>",
                                 "<ul><li>",
                                 "<b x=1>",
                                 "<b><p>",
                                 "<a href='https://e/1'>",
                                 "<",
                                 "</",
                                 "<!--",
                                 "<![CDATA[",
                                 "&amp",
                                 "<p>",
                                 "<td>",
                                 "<font>",
                                 "<svg><g>",
                                 "<template>",
                                 "<select><div>",
                                 "<div><table><td></div>",
                                 "<a b='",
                                 "<x y=",
                                 "<li><dd>",
                                 "<style>",
                                 "</p>",
                                 "<div hidden>",
                                 "<h1><h2>",
                                 "<button><p>"};
  for (const auto& text : repeats) {
    CAPTURE(text);
    const auto out = html_to_text("start " + repeated(text, size));
    CHECK(is_valid_utf8(out));
    CHECK(out.starts_with("start"));
    CHECK(out.size() < 8 * size);
  }
  std::string attributes = "<a ";
  for (int i = 0; attributes.size() < size; ++i) attributes += "a" + std::to_string(i) + "=1 ";
  CHECK(html_to_text(attributes + ">x") == "");
  std::string formatting;
  for (int i = 0; i < 5'000; ++i) formatting += "<b a=" + std::to_string(i) + ">";
  CHECK(html_to_text(formatting + repeated("<p>x", 100'000)).size() < 1'000'000);
  CHECK(html_to_text(repeated("<div>", 100'000) + "kept") == "kept\n");
  CHECK(html_to_text(std::string("a\0b\xFF", 4)).starts_with("a"));
}

TEST_CASE("only the first megabyte of HTML is looked at") {
  CHECK(html_to_text(repeated("word ", 3'000'000)).size() <= (std::size_t{1} << 20) + 1);
}

TEST_CASE("text for the index has every CJK character as a word") {
  CHECK(for_index("plain words", 100) == "plain words");
  CHECK(for_index("日本語", 100) == "日 本 語 ");
  CHECK(for_index("in日本now", 100) == "in 日 本 now");
  CHECK(for_index("한국 テスト", 100) == "한 국  テ ス ト ");
  CHECK(for_index("größe Привет", 100) == "größe Привет");
  CHECK(for_index("𠀀x", 100) == "𠀀 x");
}

TEST_CASE("text for the index is cut at a character") {
  CHECK(for_index("abcdef", 3) == "abc");
  CHECK(for_index("aüb", 2) == "a");
  CHECK(for_index("日本", 5) == "日 ");
  CHECK(for_index("", 10).empty());
  CHECK(for_index("abc", 0).empty());
  CHECK(for_index("\xE6\x97", 10) == "\xE6\x97");
}

TEST_CASE("quoted text is folded into one line each, and what the writer says stays") {
  CHECK(fold_quotes("Yes.\n\nOn Monday, Ada wrote:\n> Tea?\n>\n> Or coffee?\n\nBest\n") ==
        "Yes.\n\nOn Monday, Ada wrote:\n[3 quoted lines]\n\nBest\n");
  CHECK(fold_quotes("> first\n\n> second\nAnswer\n> third\n") == "[3 quoted lines]\nAnswer\n[1 quoted line]\n");
  CHECK(fold_quotes("See below.\n\n-----Original Message-----\nFrom: Ada\n\nText\n") ==
        "See below.\n\n[4 quoted lines]\n");
  CHECK(fold_quotes("Fine.\n________________________________\nFrom: Ada\nSent: Monday\n\nText") ==
        "Fine.\n[5 quoted lines]\n");
}

TEST_CASE("folding leaves alone what only looks like a quotation, and text that is nothing else") {
  CHECK(fold_quotes("a > b\n--------\nrule\n__________\nno headers here\n") ==
        "a > b\n--------\nrule\n__________\nno headers here\n");
  CHECK(fold_quotes("> all\n> of it\n") == "> all\n> of it\n");
  CHECK(fold_quotes("").empty());
}
