#include "core/mail/inline_images.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/mail/mail_checks.h"

using namespace mailmgr;
using namespace mailmgr::test;

namespace {

Draft draft_with_html(const std::string& html) {
  Draft draft;
  draft.html = html;
  draft.attachments.push_back({"logo.png", "", Blob("a")});
  draft.attachments.push_back({"my photo.jpg", "", Blob("b")});
  draft.attachments.push_back({"c.png", "", Blob("c"), "given@id"});
  return draft;
}

}  // namespace

TEST_CASE("files that the HTML shows by name become its images") {
  auto draft =
      draft_with_html("<p>a < b <img alt=x src='cid:logo.png'><IMG SRC=CID:logo.png><img src=\"cid:given%40id\">");
  CHECK(name_inline_images(draft));
  CHECK(draft.attachments[0].content_id == "logo.png");
  CHECK(draft.attachments[1].content_id.empty());
  CHECK(draft.attachments[2].content_id == "given@id");
}

TEST_CASE("words in the text that look like a content id show nothing") {
  auto draft = draft_with_html("<p>cid:none.png <!-- cid:no --> <a href=\"https://example.org/?cid:x\">x</a></p>");
  CHECK(name_inline_images(draft));
  CHECK(draft.attachments[0].content_id.empty());
  draft.html.reset();
  CHECK(name_inline_images(draft));
}

TEST_CASE("an image that nobody attached is refused by name") {
  auto draft = draft_with_html("<img src=\"cid:missing.png\">");
  const auto status = name_inline_images(draft);
  REQUIRE_FALSE(status);
  CHECK(status.error().code == Code::usage);
  CHECK(has(status.error().message, "the image cid:missing.png is not among the attachments"));
}

TEST_CASE("a name that cannot be a content id is refused") {
  auto draft = draft_with_html("<img src=\"cid:my%20photo.jpg\">");
  const auto status = name_inline_images(draft);
  REQUIRE_FALSE(status);
  CHECK(has(status.error().message, "cannot be shown under this name"));
}
