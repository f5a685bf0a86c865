// Whatever a message holds, it can be answered and forwarded: of the samples in tests/data/mail and of what is left of
// them after random damage. 200 damaged messages are tried, 5000 in a soak.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "core/mail/reply.h"
#include "tests/mail/mail_checks.h"
#include "tests/support/places.h"
#include "tests/support/test_count.h"

using namespace mailmgr;
using namespace mailmgr::test;

namespace {

std::vector<std::string> sample_messages() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(source_folder() + "/tests/data/mail")) {
    if (entry.is_regular_file()) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> samples;
  for (const auto& path : paths) {
    const auto content = Blob::read_file(path.string());
    REQUIRE(content);
    samples.push_back(*content->bytes());
  }
  return samples;
}

std::string damaged(std::string bytes, std::mt19937& random) {
  static const char* const kPieces[] = {"\r\n",      "\n\n",         "\"",   "<",    ">", "--", "=?utf-8?q?=0D=0A?=",
                                        "</div>",    "\xE2\x80\xA8", "cid:", "\xFF", ":", ";",  "Content-ID: <x>\n",
                                        "Reply-To: "};
  for (auto n = 1 + random() % 20; n > 0 && !bytes.empty(); --n) {
    const auto at = random() % bytes.size();
    switch (random() % 3) {
      case 0:
        bytes[at] = static_cast<char>(random());
        break;
      case 1:
        bytes.erase(at, random() % 40);
        break;
      default:
        bytes.insert(at, kPieces[random() % std::size(kPieces)]);
    }
  }
  return bytes;
}

std::string problem_with_answers(const std::string& bytes) {
  const auto original = read_original(Blob(bytes));
  if (!original) return original.error().message;
  ReplyRequest reply;
  reply.from = {"Ada", "ada@example.org"};
  reply.own_addresses = {"bob@example.org"};
  reply.written.text = "Yes.\n";
  reply.all = true;
  auto answer = make_reply(*original, reply);
  if (!answer) return answer.error().message;
  ForwardRequest forward;
  forward.from = reply.from;
  forward.to = {{"", "carl@example.org"}};
  auto inline_forward = make_forward(*original, forward);
  if (!inline_forward) return inline_forward.error().message;
  forward.as_attachment = true;
  auto attached = make_forward(*original, forward);
  if (!attached) return attached.error().message;
  answer->draft.cc.push_back({"", "dora@example.org"});
  for (auto* draft : {&answer->draft, &*inline_forward, &*attached}) {
    draft->message_id = "<m@example.org>";
    const auto raw = compose(*draft);
    if (!raw) return raw.error().message;
    const auto message = parse_message(*raw);
    if (message->damage != "" && draft != &*attached) return "composed: " + message->damage;
    if (message->from != std::vector<Address>{reply.from} || !message->bcc.empty()) return "a header was added";
    if (message->attachments.size() != draft->attachments.size()) return "an attachment was lost";
  }
  return {};
}

}  // namespace

TEST_CASE("any message can be answered and forwarded, and adds nothing to the header") {
  const auto samples = sample_messages();
  REQUIRE(samples.size() > 5);
  for (const auto& sample : samples) CHECK(problem_with_answers(sample) == "");
  std::mt19937 random(1);
  for (int i = test_count(200, 5000); i > 0; --i) {
    const auto bytes = damaged(samples[random() % samples.size()], random);
    const auto problem = problem_with_answers(bytes);
    CAPTURE(bytes);
    CHECK(problem == "");
    if (!problem.empty()) break;
  }
}
