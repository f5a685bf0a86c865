// Large attachments with the real program: they arrive whole although connections break, in little memory, and what is
// too large is refused before anything is sent.
#include <fstream>

#include "core/base/encoding.h"
#include "core/mail/parse.h"
#include "tests/e2e/mail_state.h"
#include "tests/support/test_count.h"

using namespace mailmgr::test;

namespace {

#ifdef MAILMGR_SANITIZED
constexpr bool kMemoryIsItsOwn = false;
#else
constexpr bool kMemoryIsItsOwn = true;
#endif
constexpr long kMostMemory = 64 * 1024;  // KiB

struct Uploading {
  const Sandbox sandbox{{"--auto-consent", "--quota", "off"}};
  Home home;
  Uploading() {
    home.set_providers(sandbox);
    for (const auto& provider : provider_cases()) home.log_in(provider.name);
  }

  // A file of so many bytes that compress to nothing less, or of lines; its path. Written piece by piece: what this
  // process has in memory counts as the program's own when that is started.
  std::string file(const std::string& name, std::size_t size, bool lines = false) const {
    const auto path = home.folder().write(name, lines ? "Subject: old\r\n\r\n" : "");
    std::ofstream out(path, std::ios::app | std::ios::binary);
    std::uint32_t state = 1;
    std::string block(std::size_t{64} << 10, '\0');
    for (std::size_t done = 0; done < size; done += block.size()) {
      for (std::size_t at = 0; at < block.size(); ++at) {
        state = state * 1664525 + 1013904223;
        block[at] = !lines          ? static_cast<char>(state >> 24)
                    : at % 64 == 62 ? '\r'
                    : at % 64 == 63 ? '\n'
                                    : static_cast<char>('a' + (state >> 24) % 26);
      }
      block.resize(std::min(block.size(), size - done));
      out << block;
    }
    return path;
  }

  Ended send(const ProviderCase& provider, const std::string& file) const {
    return home.run({"send", "-a", provider.address, "--to", "someone@example.org", "--subject", "Large", "--body",
                     "Here.", "--attach", file, "--key", file});
  }
};

// Breaks of every kind while pieces go up. A rule does not count what an earlier one has hit: the second, the fourth
// and the third request break, in this order of kinds.
const Json& breaks() {
  static const Json rules = Json::parse(R"([
    {"match":{"method":"PUT","path":"upload","nth":2},"action":"reset_before"},
    {"match":{"method":"PUT","path":"upload","nth":3},"action":"reset_after"},
    {"match":{"method":"PUT","path":"upload","nth":2},"action":"reset_mid_body"},
    {"match":{"method":"PUT","path":"upload","every":9},"action":"reset_after","times":5}])");
  return rules;
}

void check_broken(const Sandbox& sandbox) {
  const Json faults = sandbox.get("/_sandbox/faults");
  for (std::size_t i = 0; i < 3; ++i) CHECK(faults["rules"][i]["fired"] == 1);
}

// The bytes of the only attachment of the only message that was sent, against the file's.
void check_arrived(const Sandbox& sandbox, const ProviderCase& provider, const std::string& file) {
  const Json sent = sandbox.get(mailbox(provider, "sent"));
  REQUIRE(sent.size() == 1);
  const mailmgr::Blob raw(mailmgr::base64_decode(sent[0]["raw"].get<std::string>()).value());
  const auto message = mailmgr::parse_message(raw).value();
  REQUIRE(message.attachments.size() == 1);
  std::ifstream in(file, std::ios::binary);
  bool same = true;
  std::string expected;
  REQUIRE(mailmgr::read_part(raw, message.attachments[0].part, [&](std::string_view piece) {
    expected.resize(piece.size());
    in.read(expected.data(), static_cast<std::streamsize>(expected.size()));
    return same = in.good() && expected == piece;
  }));
  CHECK(same);
  CHECK(in.peek() == std::ifstream::traits_type::eof());
}

int drafts_left_of(const Sandbox& sandbox, const ProviderCase& provider) {
  int count = 0;
  const Json state = sandbox.get(mailbox(provider, "state"));
  for (const auto& message : state["messages"]) count += message["draft"].get<bool>() ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("a large attachment arrives whole although connections break, in little memory") {
  // 26 MB is what fits into Gmail's 35 MiB in base64. The least here still has pieces enough for every break.
  const std::size_t sizes[] = {static_cast<std::size_t>(test_count(5, 26)) * 1000000,
                               static_cast<std::size_t>(test_count(7, 100)) * 1000000};
  for (std::size_t i = 0; i < provider_cases().size(); ++i) {
    const auto& provider = provider_cases()[i];
    const auto size = sizes[provider.name == "google" ? 0 : 1];
    CAPTURE(provider.name);
    const Uploading world;
    const auto file = world.file("large.bin", size);
    world.sandbox.post("/_sandbox/faults", breaks());
    const Ended ended = world.send(provider, file);
    CHECK_MESSAGE(ended.exit_code == 0, ended.err);
    MESSAGE(provider.name, ", ", size, " bytes attached: ", ended.peak_kib, " KiB of memory");
    if (kMemoryIsItsOwn) CHECK(ended.peak_kib < kMostMemory);
    check_broken(world.sandbox);
    world.sandbox.remove_faults();
    check_arrived(world.sandbox, provider, file);
    CHECK(drafts_left_of(world.sandbox, provider) == 0);
  }
}

TEST_CASE("30 MB go through Gmail as an attached message, which is not encoded") {
  const Uploading world;
  const auto& provider = provider_cases().at(provider_cases()[0].name == "google" ? 0 : 1);
  const auto file = world.file("old.eml", static_cast<std::size_t>(test_count(52, 300)) * 100000, true);
  world.sandbox.post("/_sandbox/faults", breaks());
  const Ended ended = world.send(provider, file);
  CHECK_MESSAGE(ended.exit_code == 0, ended.err);
  if (kMemoryIsItsOwn) CHECK(ended.peak_kib < kMostMemory);
  check_broken(world.sandbox);
  world.sandbox.remove_faults();
  check_arrived(world.sandbox, provider, file);
}

TEST_CASE("what is too large for the provider is refused before anything is sent, with the limit named") {
  const Uploading world;
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const bool google = provider.name == "google";
    if (!google && test_count(0, 1) == 0) continue;  // 116 MB to read and to encode
    const auto file = world.file("huge.bin", google ? 27000000 : 116000000);
    const Json before = world.sandbox.get("/_sandbox/stats");
    const Ended ended = world.send(provider, file);
    CHECK(ended.exit_code == 6);
    CHECK(ended.err.find(google ? "36700160" : "157286400") != std::string::npos);
    CHECK(world.sandbox.get("/_sandbox/stats")["requests"] == before["requests"]);
    CHECK(world.home.run({"outbox", "list"}).out.empty());
  }
}
