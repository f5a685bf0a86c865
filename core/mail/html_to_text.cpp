#include <gumbo.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "core/base/encoding.h"
#include "core/mail/html_cleaner.h"
#include "core/mail/text.h"
#include "core/mail/text_writer.h"

namespace mailmgr {
namespace {

using mail::TextWriter;

constexpr std::size_t kLongestLink = 4096;
constexpr std::size_t kMaxLinks = 1000;

struct DestroyGumbo {
  void operator()(GumboOutput* output) const { gumbo_destroy_output(&kGumboDefaultOptions, output); }
};

bool is_element(const GumboNode* node) {
  return node->type == GUMBO_NODE_ELEMENT;
}

bool is_set_apart(GumboTag tag) {
  return tag != GUMBO_TAG_A && tag != GUMBO_TAG_IMG && tag != GUMBO_TAG_TD && tag != GUMBO_TAG_TH;
}

// Walks the tree; it is at most a few hundred levels deep (clean_html), so recursion is safe.
class Renderer {
 public:
  std::string run(const GumboNode* root) {
    children(root);
    if (!links_.empty()) {
      out_.paragraph();
      for (const auto& [number, url] : links_) {
        out_.text("[" + std::to_string(number) + "]");
        out_.text(" " + url);
        out_.new_line();
      }
    }
    return out_.take();
  }

 private:
  void children(const GumboNode* node) {
    const auto& list = node->v.element.children;
    for (unsigned i = 0; i < list.length; ++i) visit(static_cast<const GumboNode*>(list.data[i]));
  }

  void visit(const GumboNode* node) {
    switch (node->type) {
      case GUMBO_NODE_TEXT:
      case GUMBO_NODE_WHITESPACE:
      case GUMBO_NODE_CDATA:
        pre_ > 0 ? out_.preformatted(node->v.text.text) : out_.text(node->v.text.text);
        return;
      case GUMBO_NODE_ELEMENT:
        element(node);
        return;
      default:
        return;
    }
  }

  void element(const GumboNode* node) {
    switch (node->v.element.tag) {
      case GUMBO_TAG_BR:
        out_.line_break();
        return;
      case GUMBO_TAG_HR:
        out_.new_line();
        out_.text("----");
        out_.new_line();
        return;
      case GUMBO_TAG_IMG:
        if (const auto* alt = attribute(node, "alt")) out_.text(alt);
        return;
      case GUMBO_TAG_A:
        link(node);
        return;
      case GUMBO_TAG_PRE:
        ++pre_;
        apart(node);
        --pre_;
        return;
      case GUMBO_TAG_BLOCKQUOTE:
        out_.paragraph();
        out_.push_prefix("> ");
        children(node);
        out_.pop_prefix();
        out_.paragraph();
        return;
      case GUMBO_TAG_UL:
      case GUMBO_TAG_OL:
        list(node);
        return;
      case GUMBO_TAG_TR:
        row(node);
        return;
      case GUMBO_TAG_P:
      case GUMBO_TAG_DL:
      case GUMBO_TAG_TABLE:
      case GUMBO_TAG_H1:
      case GUMBO_TAG_H2:
      case GUMBO_TAG_H3:
      case GUMBO_TAG_H4:
      case GUMBO_TAG_H5:
      case GUMBO_TAG_H6:
        apart(node);
        return;
      default:
        out_.new_line();
        children(node);
        out_.new_line();
        return;
    }
  }

  void apart(const GumboNode* node) {
    out_.paragraph();
    children(node);
    out_.paragraph();
  }

  void list(const GumboNode* node) {
    const bool numbered = node->v.element.tag == GUMBO_TAG_OL;
    const auto* start = attribute(node, "start");
    int number = start ? std::atoi(start) : 1;
    lists_++ == 0 ? out_.paragraph() : out_.new_line();
    const auto& items = node->v.element.children;
    for (unsigned i = 0; i < items.length; ++i) {
      const auto* item = static_cast<const GumboNode*>(items.data[i]);
      const bool is_item = is_element(item) && item->v.element.tag == GUMBO_TAG_LI;
      if (!is_item) {
        visit(item);
        continue;
      }
      const auto bullet = numbered ? std::to_string(number++) + ". " : std::string("- ");
      out_.new_line();
      out_.push_prefix(std::string(bullet.size(), ' '), bullet);
      children(item);
      out_.pop_prefix();
      out_.new_line();
    }
    --lists_ == 0 ? out_.paragraph() : out_.new_line();
  }

  // A row whose cells hold plain words is a line "a | b"; in other rows, which lay out a page, each cell is a block.
  void row(const GumboNode* node) {
    const auto& cells = node->v.element.children;
    bool plain = true;
    for (unsigned i = 0; i < cells.length && plain; ++i) {
      plain = is_plain(static_cast<const GumboNode*>(cells.data[i]));
    }
    out_.new_line();
    for (unsigned i = 0; i < cells.length; ++i) {
      const auto* cell = static_cast<const GumboNode*>(cells.data[i]);
      if (!is_element(cell)) continue;
      plain ? out_.cell() : out_.new_line();
      children(cell);
    }
    out_.new_line();
  }

  static bool is_plain(const GumboNode* node) {
    if (!is_element(node)) return true;
    if (is_set_apart(node->v.element.tag)) return false;
    const auto& list = node->v.element.children;
    for (unsigned i = 0; i < list.length; ++i) {
      if (!is_plain(static_cast<const GumboNode*>(list.data[i]))) return false;
    }
    return true;
  }

  void link(const GumboNode* node) {
    const auto before = out_.size();
    children(node);
    const auto* href = attribute(node, "href");
    if (!href || out_.size() == before) return;
    std::string url = href;
    const auto visible = out_.since(before);
    const bool followable = url.starts_with("https:") || url.starts_with("http:") || url.starts_with("mailto:");
    const auto address = url.starts_with("mailto:") ? url.substr(7) : url;
    if (!followable || url.size() > kLongestLink || visible.ends_with(url) || visible.ends_with(address)) return;
    if (const auto number = footnote(url)) out_.text(" [" + std::to_string(number) + "]");
  }

  // The number of a link, the same for the same address; 0 when there are too many.
  std::size_t footnote(const std::string& url) {
    if (const auto found = numbers_.find(url); found != numbers_.end()) return found->second;
    if (links_.size() >= kMaxLinks) return 0;
    const auto number = links_.size() + 1;
    links_.emplace_back(number, url);
    numbers_.emplace(url, number);
    return number;
  }

  static const char* attribute(const GumboNode* node, const char* name) {
    const auto* found = gumbo_get_attribute(&node->v.element.attributes, name);
    return found ? found->value : nullptr;
  }

  TextWriter out_;
  int pre_ = 0;
  int lists_ = 0;
  std::vector<std::pair<std::size_t, std::string>> links_;
  std::map<std::string, std::size_t> numbers_;
};

}  // namespace

std::string html_to_text(std::string_view html) {
  const auto clean = mail::clean_html(html);
  auto options = kGumboDefaultOptions;
  options.max_errors = 0;  // gumbo copies its stack of open elements into every error it reports
  const std::unique_ptr<GumboOutput, DestroyGumbo> tree(gumbo_parse_with_options(&options, clean.data(), clean.size()));
  return to_valid_utf8(Renderer().run(tree->root));
}

}  // namespace mailmgr
