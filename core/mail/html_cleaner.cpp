#include "core/mail/html_cleaner.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>

#include "core/base/encoding.h"
#include "core/mail/html_tags.h"

namespace mailmgr::mail {
namespace {

constexpr std::size_t kMaxInput = std::size_t{1} << 20;
constexpr std::size_t kMaxDepth = 256;

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

constexpr std::array<std::string_view, 9> kDropped = {"head",   "script", "style", "title",   "noembed",
                                                      "iframe", "object", "svg",   "template"};
constexpr std::array<std::string_view, 33> kBlocks = {
    "p",       "div",    "blockquote", "pre",        "ul",     "ol",     "li",      "dl",  "dt",
    "dd",      "table",  "tr",         "td",         "th",     "h1",     "h2",      "h3",  "h4",
    "h5",      "h6",     "center",     "section",    "header", "footer", "article", "nav", "aside",
    "address", "figure", "fieldset",   "figcaption", "main",   "caption"};
// Their end tags may be left out.
constexpr std::array<std::string_view, 7> kImplied = {"p", "li", "dt", "dd", "tr", "td", "th"};
// No end tag of a block reaches through one of these (WHATWG: "in scope").
constexpr std::array<std::string_view, 4> kWalls = {"table", "td", "th", "caption"};

bool is_pixel(const HtmlTag& tag) {
  const auto tiny = [&](std::string_view name) {
    const auto* size = tag.find(name);
    return size && (size->value == "0" || size->value == "1" || size->value == "1px" || size->value == "0px");
  };
  return tiny("width") || tiny("height") || tag.is_hidden();
}

class Cleaner {
 public:
  explicit Cleaner(std::string_view html) : html_(html.substr(0, kMaxInput)) { out_.reserve(html_.size() / 2); }

  std::string run() {
    while (at_ < html_.size()) {
      const auto open = std::min(html_.find('<', at_), html_.size());
      out_ += html_.substr(at_, open - at_);
      at_ = open;
      if (at_ < html_.size()) markup();
    }
    return std::move(out_);
  }

 private:
  void markup() {
    const auto rest = html_.substr(at_);
    if (rest.starts_with("<!--")) {
      skip_to("-->", 4);
    } else if (rest.starts_with("<!") || rest.starts_with("<?")) {
      skip_to(">", 2);
    } else if (HtmlTag tag; read_tag(html_, at_, tag)) {
      at_ = tag.end;
      tag.closing ? close(tag.name) : open(tag);
    } else {
      out_ += "&lt;";
      ++at_;
    }
  }

  // To the end of the input if `end` does not come: a comment without end hides the rest in browsers as well.
  void skip_to(std::string_view end, std::size_t from) {
    const auto found = html_.find(end, at_ + from);
    at_ = found == std::string_view::npos ? html_.size() : found + end.size();
  }

  void open(const HtmlTag& tag) {
    if (is_one_of(tag.name, kDropped) || tag.name == "select" || tag.name == "textarea") {
      skip_element(tag.name);
    } else if (tag.name == "br" || tag.name == "hr") {
      out_ += "<" + tag.name + ">";
    } else if (tag.name == "img") {
      image(tag);
    } else if (tag.name == "a") {
      link(tag);
    } else if (tag.is_hidden() && tag.name != "body" && tag.name != "html" && !is_void(tag.name)) {
      skip_element(tag.name);
    } else if (is_one_of(tag.name, kBlocks)) {
      block(tag);
    }
  }

  static bool is_void(std::string_view name) {
    static constexpr std::array<std::string_view, 12> kVoid = {"area", "base", "col",   "embed",  "input", "link",
                                                               "meta", "wbr",  "param", "source", "track", "basefont"};
    return is_one_of(name, kVoid);
  }

  void image(const HtmlTag& tag) {
    const auto* alt = tag.find("alt");
    if (!alt || alt->value.empty() || is_pixel(tag)) return;
    attribute("img", "alt", *alt);
  }

  void link(const HtmlTag& tag) {
    const auto* href = tag.find("href");
    if (tag.is_hidden()) {
      skip_element("a");
    } else if (href) {
      attribute("a", "href", *href);
    }
  }

  void attribute(std::string_view tag, std::string_view name, const HtmlAttribute& attribute) {
    if (attribute.value.find(attribute.quote) != std::string_view::npos) return;
    out_ += '<';
    out_ += tag;
    out_ += ' ';
    out_ += name;
    out_ += '=';
    out_ += attribute.quote;
    out_ += attribute.value;
    out_ += attribute.quote;
    out_ += '>';
  }

  void block(const HtmlTag& tag) {
    // What this start tag ends first, as the tree builder will see it.
    if (tag.name == "tr" || tag.name == "td" || tag.name == "th") leave_cell();
    if (tag.name == "li" || tag.name == "dt" || tag.name == "dd") leave_item(tag.name == "li");
    // <p> ends the <p> before it, and <tr> stands in a counted <table>: they add no depth of their own.
    if (tag.name != "p" && tag.name != "tr") {
      if (open_.size() >= kMaxDepth) return;
      open_.push_back(tag.name);
    }
    out_ += '<';
    out_ += tag.name;
    if (const auto* start = tag.name == "ol" ? tag.find("start") : nullptr) {
      out_ += " start=" + std::to_string(std::atoi(std::string(start->value.substr(0, 6)).c_str()));
    }
    out_ += '>';
  }

  void leave_cell() {
    for (std::size_t i = open_.size(); i-- > 0 && open_[i] != "table";) {
      if (open_[i] == "td" || open_[i] == "th") {
        open_.resize(i);
        return;
      }
    }
  }

  // WHATWG HTML §13.2.6.4.7: an item ends the item before it unless anything but <div>, <p> and <address> is open
  // between.
  void leave_item(bool list) {
    for (std::size_t i = open_.size(); i-- > 0;) {
      if (list ? open_[i] == "li" : (open_[i] == "dt" || open_[i] == "dd")) {
        open_.resize(i);
        return;
      }
      if (open_[i] != "div" && open_[i] != "address") return;
    }
  }

  void close(const std::string& name) {
    if (name == "a" || name == "p" || name == "tr") {
      if (name == "tr") leave_cell();
      out_ += "</" + name + ">";
      return;
    }
    const bool table_part = is_one_of(name, kWalls);
    for (std::size_t i = open_.size(); i-- > 0;) {
      const auto& element = open_[i];
      if (element == name) {
        open_.resize(i);
        out_ += "</" + name + ">";
        return;
      }
      const bool wall = table_part ? element == "table" : is_one_of(element, kWalls);
      if (wall || (name == "li" && (element == "ul" || element == "ol"))) return;
    }
  }

  // Passes over an element with its contents. Contents of script and style are no markup; elsewhere elements of the
  // same name may be nested, and elements whose end tag may be left out end where HTML ends them.
  void skip_element(const std::string& name) {
    const bool raw = name == "script" || name == "style" || name == "title" || name == "textarea";
    int depth = 1;
    int tables = 0;
    while (depth > 0) {
      at_ = std::min(html_.find('<', at_), html_.size());
      if (at_ >= html_.size()) return;
      HtmlTag tag;
      if (!raw && html_.substr(at_).starts_with("<!--")) {
        skip_to("-->", 4);
      } else if (!read_end_or_start(name, raw, tag)) {
        ++at_;
      } else {
        if (depth == 1 && tables == 0 && ends_before(name, tag)) return;
        at_ = tag.end;
        if (tag.name == "table") tables += tag.closing ? -1 : 1;
        if (tag.name == name) depth += tag.closing ? -1 : 1;
      }
    }
  }

  // Whether `tag` ends an open element `name` that has no end tag of its own.
  static bool ends_before(std::string_view name, const HtmlTag& tag) {
    if (name == "head") return tag.name == "body" && !tag.closing;
    if (!is_one_of(name, kImplied)) return false;
    if (tag.closing) return tag.name != name && (tag.name == "table" || tag.name == "ul" || tag.name == "ol");
    return tag.name == name || (name == "p" && is_one_of(tag.name, kBlocks)) || (name == "td" && tag.name == "tr");
  }

  bool read_end_or_start(std::string_view name, bool raw, HtmlTag& tag) const {
    if (raw) {
      const auto ahead = html_.substr(at_, name.size() + 2);
      if (!ahead.starts_with("</") || !equals_ignoring_ascii_case(ahead.substr(2), name)) return false;
    }
    return read_tag(html_, at_, tag);
  }

  std::string_view html_;
  std::size_t at_ = 0;
  std::string out_;
  std::vector<std::string> open_;  // what the tree builder will have open, at most kMaxDepth deep
};

}  // namespace

std::string clean_html(std::string_view html) {
  return Cleaner(html).run();
}

}  // namespace mailmgr::mail
