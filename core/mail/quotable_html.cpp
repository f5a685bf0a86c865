#include "core/mail/quotable_html.h"

#include <algorithm>
#include <initializer_list>
#include <vector>

#include "core/base/encoding.h"
#include "core/mail/html_tags.h"

namespace mailmgr::mail {
namespace {

constexpr std::size_t kDeepest = 256;

template <std::size_t N>
bool is_among(std::string_view name, const std::string_view (&names)[N]) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

// Gone with what is in them.
constexpr std::string_view kGone[] = {"script", "style",     "title", "head",     "iframe",  "object",   "embed",
                                      "applet", "svg",       "math",  "template", "noembed", "noframes", "textarea",
                                      "select", "plaintext", "xmp",   "audio",    "video",   "frameset"};
// Their contents are no markup (WHATWG HTML §13.2.5.1).
constexpr std::string_view kRaw[] = {"script",   "style",    "title",     "iframe", "noembed",
                                     "noframes", "textarea", "plaintext", "xmp"};
constexpr std::string_view kVoidKept[] = {"br", "hr", "img", "wbr"};
constexpr std::string_view kKept[] = {
    "a",       "abbr",       "address", "article", "aside",   "b",     "bdi",  "bdo",    "big",    "blockquote",
    "caption", "center",     "cite",    "code",    "dd",      "del",   "dfn",  "div",    "dl",     "dt",
    "em",      "figcaption", "figure",  "font",    "footer",  "h1",    "h2",   "h3",     "h4",     "h5",
    "h6",      "header",     "i",       "ins",     "kbd",     "li",    "main", "mark",   "ol",     "p",
    "pre",     "q",          "s",       "samp",    "section", "small", "span", "strike", "strong", "sub",
    "sup",     "table",      "tbody",   "td",      "th",      "tr",    "u",    "ul"};
constexpr std::string_view kAttributes[] = {
    "align",   "alt", "bgcolor", "border", "cellpadding", "cellspacing", "cite",   "class", "color",
    "colspan", "dir", "face",    "height", "href",        "hspace",      "lang",   "rel",   "rowspan",
    "size",    "src", "start",   "style",  "title",       "type",        "valign", "width"};
constexpr std::string_view kSchemes[] = {"http", "https", "mailto", "tel", "cid", "ftp"};

bool is_harmless_address(std::string_view value, bool image) {
  const auto begin = value.find_first_not_of(" \t\r\n\f");
  if (begin == std::string_view::npos) return true;
  value.remove_prefix(begin);
  // An entity before the first of these could hide another scheme.
  const auto end = value.find_first_of(":/?#&");
  if (end == std::string_view::npos || value[end] == '/' || value[end] == '?' || value[end] == '#') return true;
  if (value[end] == '&') return false;
  const auto scheme = to_lower_ascii(value.substr(0, end));
  if (is_among(scheme, kSchemes)) return true;
  return image && equals_ignoring_ascii_case(value.substr(0, 11), "data:image/");
}

// Styles can lay a part over what stands elsewhere, and fetch images of which nobody sees anything; escapes and
// comments could hide that they do.
bool is_harmless_style(std::string_view style) {
  std::string plain;
  for (const char c : style) {
    if (static_cast<unsigned char>(c) > 0x20) plain += c;
  }
  plain = to_lower_ascii(plain);
  for (const std::string_view bad : {"\\", "/*", "&#", "position:fixed", "position:absolute", "position:sticky",
                                     "expression(", "javascript:", "-moz-binding", "behavior:", "url(", "image-set("}) {
    if (plain.find(bad) != std::string::npos) return false;
  }
  return true;
}

bool is_table_part(std::string_view name) {
  return name == "td" || name == "th" || name == "tr" || name == "tbody" || name == "caption";
}

class Quoter {
 public:
  explicit Quoter(std::string_view html) : html_(html) { out_.reserve(html.size()); }

  std::string run() {
    while (at_ < html_.size()) {
      const auto open = std::min(html_.find('<', at_), html_.size());
      out_ += html_.substr(at_, open - at_);
      at_ = open;
      if (at_ < html_.size()) markup();
    }
    close_down_to(0);
    return std::move(out_);
  }

 private:
  void markup() {
    const auto rest = html_.substr(at_);
    HtmlTag tag;
    if (rest.starts_with("<!--")) {
      skip_past("-->", 2);
    } else if (rest.starts_with("<!") || rest.starts_with("<?") || rest.starts_with("</!")) {
      skip_past(">", 2);
    } else if (!read_tag(html_, at_, tag)) {
      out_ += "&lt;";
      ++at_;
    } else {
      at_ = tag.end;
      tag.closing ? close(tag.name) : open(tag);
    }
  }

  void skip_past(std::string_view end, std::size_t from) {
    const auto found = html_.find(end, std::min(at_ + from, html_.size()));
    at_ = found == std::string_view::npos ? html_.size() : found + end.size();
  }

  void open(const HtmlTag& tag) {
    if (is_among(tag.name, kGone)) return skip(tag.name);
    const bool is_void = is_among(tag.name, kVoidKept);
    if (!is_void && !is_among(tag.name, kKept)) return;
    if (!is_void) {
      end_what_this_ends(tag.name);
      if (open_.size() >= kDeepest) return;
      open_.push_back(tag.name);
    }
    out_ += '<' + tag.name;
    for (const auto& attribute : tag.attributes) write(attribute);
    out_ += '>';
  }

  void write(const HtmlAttribute& attribute) {
    const auto name = to_lower_ascii(attribute.name);
    if (!is_among(name, kAttributes)) return;
    if ((name == "href" || name == "src" || name == "cite") && !is_harmless_address(attribute.value, name == "src")) {
      return;
    }
    if (name == "style" && !is_harmless_style(attribute.value)) return;
    out_ += ' ' + name + "=\"";
    for (const char c : attribute.value) {
      if (c == '"') {
        out_ += "&quot;";
      } else if (c == '<') {
        out_ += "&lt;";
      } else {
        out_ += c;
      }
    }
    out_ += '"';
  }

  // Where HTML lets an end tag be left out: otherwise every paragraph would stand in the one before.
  void end_what_this_ends(std::string_view name) {
    if (name == "li") return end_nearest({"li"}, {"ul", "ol"});
    if (name == "dt" || name == "dd") return end_nearest({"dt", "dd"}, {"dl"});
    if (name == "td" || name == "th") return end_nearest({"td", "th", "caption"}, {"table", "tr"});
    if (name == "tr" || name == "tbody") return end_nearest({"tr", "caption"}, {"table"});
    static constexpr std::string_view kEndsParagraph[] = {"p",          "div", "ul",     "ol",     "dl", "table",
                                                          "blockquote", "pre", "h1",     "h2",     "h3", "h4",
                                                          "h5",         "h6",  "center", "section"};
    if (is_among(name, kEndsParagraph) && !open_.empty() && open_.back() == "p") close_down_to(open_.size() - 1);
  }

  void end_nearest(std::initializer_list<std::string_view> names, std::initializer_list<std::string_view> walls) {
    for (std::size_t i = open_.size(); i-- > 0;) {
      if (std::find(names.begin(), names.end(), open_[i]) != names.end()) return close_down_to(i);
      if (std::find(walls.begin(), walls.end(), open_[i]) != walls.end() || open_[i] == "table") return;
    }
  }

  void close(std::string_view name) {
    for (std::size_t i = open_.size(); i-- > 0;) {
      if (open_[i] == name) return close_down_to(i);
      // A cell is left by the end of a part of its own table only.
      if (open_[i] == "table" || ((open_[i] == "td" || open_[i] == "th") && name != "table" && !is_table_part(name))) {
        return;
      }
    }
  }

  void close_down_to(std::size_t depth) {
    for (; open_.size() > depth; open_.pop_back()) out_ += "</" + open_.back() + '>';
  }

  // Passes over an element with its contents; over the rest if it never ends.
  void skip(const std::string& name) {
    if (name == "embed") return;  // has no contents
    const bool raw = is_among(name, kRaw);
    for (int depth = 1; depth > 0;) {
      at_ = std::min(html_.find('<', at_), html_.size());
      if (at_ >= html_.size()) return;
      HtmlTag tag;
      if (!raw && html_.substr(at_).starts_with("<!--")) {
        skip_past("-->", 2);
      } else if (!is_tag_in(name, raw) || !read_tag(html_, at_, tag)) {
        ++at_;
      } else if (name == "head" && tag.name == "body" && !tag.closing) {
        return;
      } else {
        at_ = tag.end;
        if (tag.name == name) depth += tag.closing ? -1 : 1;
      }
    }
  }

  bool is_tag_in(std::string_view name, bool raw) const {
    const auto ahead = html_.substr(at_, name.size() + 2);
    return !raw || (ahead.starts_with("</") && equals_ignoring_ascii_case(ahead.substr(2), name));
  }

  std::string_view html_;
  std::size_t at_ = 0;
  std::string out_;
  std::vector<std::string> open_;
};

}  // namespace

std::string quotable_html(std::string_view html) {
  return Quoter(html).run();
}

}  // namespace mailmgr::mail
