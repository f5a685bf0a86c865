#include <doctest/doctest.h>

#include <map>
#include <set>

#include "core/base/encoding.h"
#include "tests/sandbox/mime/headers.h"
#include "tests/sandbox/mime/parts.h"
#include "tests/sandbox/synthetic.h"
#include "tests/sandbox/synthetic_parts.h"

namespace mailmgr::sandbox {
namespace {

std::vector<SourceMessage> made(std::size_t count, std::uint64_t seed = 1, const std::string& email = "a@gmail.test") {
  return synthetic_mail({count, seed, email, std::nullopt});
}

}  // namespace

TEST_CASE("synthetic: the same options give the same bytes, other ones do not") {
  const auto one = made(300), two = made(300), other = made(300, 2), else_where = made(300, 1, "b@outlook.test");
  for (const std::size_t index : {0, 17, 299}) {
    CHECK(one[index].raw() == two[index].raw());
    CHECK(one[index].raw() == one[index].raw());
    CHECK(one[index].thread_key == two[index].thread_key);
    CHECK(one[index].raw() != other[index].raw());
    CHECK(one[index].message_id != else_where[index].message_id);
  }
}

TEST_CASE("synthetic: the first 5,000 messages average about 20 KB with large ones no more often than one in 2,000") {
  const auto all = made(5000);
  std::uint64_t total = 0, large = 0;
  for (const auto& message : all) {
    const auto size = message.raw().size();
    total += size;
    large += size > (1 << 20) ? 1 : 0;
    CHECK(size < (9u << 20));
  }
  CHECK(total / all.size() > 16'000);
  CHECK(total / all.size() < 24'000);
  CHECK(large == 2);
}

TEST_CASE("synthetic: a small mailbox has no large message") {
  for (const auto& message : made(1000)) CHECK(message.raw().size() < (1 << 20));
}

TEST_CASE("synthetic: messages are in order of date over five years, the newest last") {
  const auto all = made(2000);
  for (std::size_t i = 1; i < all.size(); ++i) CHECK(all[i - 1].received <= all[i].received);
  CHECK(to_rfc3339(all.back().received) == "2026-11-01T12:00:00Z");
  const auto span = all.back().received - all.front().received;
  CHECK(span > std::chrono::hours(24 * 365 * 4));
  CHECK(span < std::chrono::hours(24 * 365 * 5 + 24 * 30));
  CHECK(made(1).size() == 1);
  CHECK(made(0).empty());
}

TEST_CASE("synthetic: threads have one to twelve messages that refer to each other") {
  const auto all = made(2000);
  std::map<std::string, std::vector<std::string>> threads;
  std::set<std::string> ids;
  for (const auto& message : all) {
    const auto headers = mime::scan_headers(message.raw());
    CHECK(mime::find_header(headers, "Message-ID") == message.message_id);
    CHECK(ids.insert(message.message_id).second);
    auto& thread = threads[message.thread_key];
    CHECK(mime::message_ids(mime::find_header(headers, "References")) == thread);
    thread.push_back(message.message_id);
    CHECK(mime::parse_date_header(mime::find_header(headers, "Date")) == message.received);
  }
  std::map<std::size_t, int> lengths;
  for (const auto& [key, thread] : threads) ++lengths[thread.size()];
  CHECK(lengths.rbegin()->first == 12);
  CHECK(lengths[1] > lengths[2]);
}

TEST_CASE("synthetic: charsets, encodings, HTML, attachments, folders and marks are mixed") {
  std::map<std::string, int> charsets, folders;
  int html = 0, attachments = 0, unread = 0, starred = 0, labelled = 0;
  std::set<std::string> encodings;
  for (const auto& message : made(1500)) {
    ++folders[message.folder];
    unread += message.unread;
    starred += message.starred;
    labelled += !message.labels.empty();
    const auto raw = message.raw();
    for (const auto* part : mime::flatten(mime::parse_parts(raw))) static_cast<void>(part);
    const auto root = mime::parse_parts(raw);
    for (const auto* part : mime::flatten(root)) {
      if (part->is_multipart()) continue;
      ++charsets[part->charset];
      html += part->mime_type == "text/html";
      attachments += part->is_attachment();
      for (const auto& [name, value] : part->headers)
        if (equals_ignoring_ascii_case(name, "Content-Transfer-Encoding")) encodings.insert(value);
      if (!part->charset.empty()) CHECK(mime::text_of(*part).find("\xEF\xBF\xBD") == std::string::npos);
    }
  }
  for (const auto* charset : {"us-ascii", "utf-8", "iso-8859-1", "iso-2022-jp", "gb18030", "windows-1252", "koi8-r"})
    CHECK(charsets[charset] > 0);
  CHECK(encodings == std::set<std::string>{"7bit", "8bit", "base64", "quoted-printable"});
  for (const auto* folder : {"inbox", "archive", "sent", "drafts", "trash", "spam", "Work", "Lists/dev"})
    CHECK(folders[folder] > 0);
  CHECK(html > 300);
  CHECK(attachments > 50);
  CHECK(unread > 20);
  CHECK(starred > 10);
  CHECK(labelled > 50);
}

TEST_CASE("synthetic: subjects of other languages decode to their own letters") {
  bool cyrillic = false, japanese = false;
  for (const auto& message : made(600)) {
    const auto subject = mime::decode_header(mime::find_header(mime::scan_headers(message.raw()), "Subject"));
    cyrillic = cyrillic || subject.find("Отчёт") != subject.npos || subject.find("Встреча") != subject.npos;
    japanese = japanese || subject.find("会議") != subject.npos || subject.find("請求書") != subject.npos;
  }
  CHECK(cyrillic);
  CHECK(japanese);
}

TEST_CASE("synthetic: words are distributed as in a real text") {
  std::map<std::string, int> counts;
  int total = 0;
  for (const auto& message : made(400)) {
    const auto text = mime::plain_text(mime::parse_parts(message.raw()));
    std::string word;
    for (const char c : text + " ") {
      if (std::isalpha(static_cast<unsigned char>(c))) {
        word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      } else if (!word.empty()) {
        ++counts[word];
        ++total;
        word.clear();
      }
    }
  }
  CHECK(counts["the"] * 100 / total >= 2);
  CHECK(counts["the"] > 5 * counts["meeting"]);
  CHECK(counts.size() > 4000);
}

TEST_CASE("synthetic: no line is longer than mail allows") {
  for (const auto& message : made(200)) {
    const auto raw = message.raw();
    std::size_t start = 0;
    while (start < raw.size()) {
      const auto end = raw.find('\n', start);
      REQUIRE(end != raw.npos);
      REQUIRE(end > start);
      REQUIRE(raw[end - 1] == '\r');
      CHECK(end - start < 998);
      start = end + 1;
    }
  }
}

TEST_CASE("synthetic: quoted-printable escapes what RFC 2045 says and keeps lines short") {
  CHECK(quoted_printable("a=b\r\n") == "a=3Db\r\n");
  CHECK(quoted_printable("end \r\n\xFC") == "end=20\r\n=FC");
  const auto folded = quoted_printable(std::string(200, 'x'));
  CHECK(folded.find("=\r\n") == 75);
}

}  // namespace mailmgr::sandbox
