// Lists at each provider's stand-in in process, on virtual time.
#include "core/flow/bulk.h"

#include "tests/flow/sending_world.h"

using namespace mailmgr;
using namespace mailmgr::test;

namespace {

struct BulkSender : SendingMailbox {
  explicit BulkSender(ProviderKind kind) : SendingMailbox(kind) {
    order.sender.account = request.account;
    order.sender.from.email = request.account.email;
    order.key = "october";
    order.pattern.name = "greet";
    order.pattern.content = {"Hello {{name}}", "Dear {{name}},\nyours.\n", std::nullopt};
  }

  template <class Work>
  auto with_world(Work&& work) {
    const auto sending = world();
    BulkWorld bulk{
        sending, store->bulk(), store->suppressions(), {store->signatures(), store->signature_defaults()}, {}};
    bulk.attachment = attachment;
    return work(bulk);
  }
  std::vector<BulkListRow> read(const std::string& csv) { return read_bulk_list(csv, key_column).value(); }
  Result<std::vector<BulkRow>> check(const std::string& csv) {
    return with_world([&](const BulkWorld& bulk) { return check_bulk(read(csv), order, bulk); });
  }
  BulkRun add(const std::string& csv) {
    return with_world([&](const BulkWorld& bulk) { return add_bulk(read(csv), order, bulk, {}).value(); });
  }
  // What became of each row: "a@example.org:sent …"; those that had ended before in parentheses.
  std::string send(const BulkRun& run, const Stop& stop = {}) {
    std::string told;
    const auto tell = [&](const BulkRow& row, bool before) {
      const auto state = row.message ? std::string(to_string(row.message->state)) : "suppressed";
      const auto word = row.key.substr(0, row.key.find('@')) + ":" + state;
      told += (told.empty() ? "" : " ") + (before ? "(" + word + ")" : word);
    };
    ended = with_world([&](const BulkWorld& bulk) { return send_bulk(run, request, bulk, tell, stop); });
    return told;
  }
  std::string send(const std::string& csv) { return send(add(csv)); }

  BulkOrder order;
  std::string key_column;
  std::function<Result<Blob>(std::string_view)> attachment;
  Status ended;
};

constexpr const char* kTwo = "to,name\na@example.org,Ada\nb@example.org,Bob\n";

}  // namespace

TEST_CASE("each row of a list is sent once, however often the list is, and rows that are new are added") {
  for (const auto kind : kSenders) {
    CAPTURE(to_string(kind));
    BulkSender world(kind);
    CHECK(world.send(kTwo) == "a:sent b:sent");
    CHECK(world.send(kTwo) == "(a:sent) (b:sent)");
    CHECK(world.send("to,name\nc@example.org,Cy\nB@example.org,Robert\n") == "(a:sent) c:sent (b:sent)");
    CHECK(world.times_sent("Hello Ada") == 1);
    CHECK(world.times_sent("Hello Bob") == 1);
    CHECK(world.times_sent("Hello Robert") == 0);
    CHECK(world.times_sent("Hello Cy") == 1);
    CHECK(world.drafts().empty());
    world.order.key = "november";
    CHECK(world.send(kTwo) == "a:sent b:sent");
    CHECK(world.times_sent("Hello Ada") == 2);
  }
}

TEST_CASE("attack 68: one row that cannot be sent keeps the whole list back, and every such line is named") {
  BulkSender world(ProviderKind::google);
  const auto checked = world.check("to,other\na@example.org,1\nb@example.org,2\n");
  REQUIRE_FALSE(checked);
  CHECK(checked.error().code == Code::usage);
  CHECK(checked.error().message.find("line 2: ") != std::string::npos);
  CHECK(checked.error().message.find("line 3: ") != std::string::npos);
  CHECK(checked.error().message.find("name") != std::string::npos);
  const auto broken = world.check("to,name\na@example.org,\"A\nBcc: x@example.org\"\n");
  REQUIRE_FALSE(broken);
  CHECK(broken.error().message.find("line 2") != std::string::npos);
  const auto attached = world.check("to,name,attach\na@example.org,Ada,a.pdf\n");
  REQUIRE_FALSE(attached);
  CHECK(attached.error().message.find("no folder of attachments") != std::string::npos);
  CHECK(world.store->bulk().runs().value().empty());
  CHECK(world.times_sent("Hello Ada") == 0);
}

TEST_CASE("rows have their own subject and attachments") {
  BulkSender world(ProviderKind::google);
  world.attachment = [](std::string_view name) -> Result<Blob> {
    if (name == "none.pdf") return Error{Code::not_found, "reading none.pdf: no such file"};
    return Blob("content of " + std::string(name));
  };
  const std::string csv = "to,name,subject,attach\na@example.org,Ada,Your bill,2026/a.txt;b.txt\nb@example.org,Bob,,\n";
  CHECK(world.check("to,name,attach\na@example.org,Ada,none.pdf\n").error().message.find("no such file") !=
        std::string::npos);
  const auto checked = world.check(csv).value();
  CHECK(checked.at(0).subject == "Your bill");
  CHECK(checked.at(1).subject == "Hello Bob");
  CHECK(world.send(csv) == "a:sent b:sent");
  CHECK(world.times_sent("Your bill") == 1);
  const auto mime = world.store->outbox().mime(OutboxId(1)).value().bytes().value();
  CHECK(mime.find("a.txt") != std::string::npos);
  CHECK(mime.find("b.txt") != std::string::npos);
}

TEST_CASE("what has not left takes the newest content; what failed is tried again") {
  for (const auto kind : kSenders) {
    CAPTURE(to_string(kind));
    BulkSender world(kind);
    const auto run = world.add(kTwo);
    CHECK(world.add("to,name\nb@example.org,Robert\n").id == run.id);
    world.fault(R"([{"match":{"method":"POST","path":"send$"},"action":{"status":400},"times":1}])");
    CHECK(world.send(run) == "a:failed b:sent");
    CHECK(world.times_sent("Hello Robert") == 1);
    CHECK(world.times_sent("Hello Bob") == 0);
    CHECK(world.send(kTwo) == "a:sent (b:sent)");
    CHECK(world.times_sent("Hello Ada") == 1);
  }
}

TEST_CASE("trouble that passes leaves the rest waiting, and a flush sends it") {
  for (const auto kind : kSenders) {
    CAPTURE(to_string(kind));
    BulkSender world(kind);
    world.fault(R"([{"match":{"method":"POST","path":"messages|drafts"},"action":{"status":503}}])");
    CHECK(world.send("to,name\na@example.org,Ada\nb@example.org,Bob\nc@example.org,Cy\n") == "a:queued");
    CHECK(world.ended);
    auto totals = world.store->bulk().totals(BulkId(1)).value();
    CHECK(totals.waiting == 3);
    CHECK(world.flush().size() <= 1);  // the next ones would meet the same
    world.box.remove_faults();
    world.box.clock.advance(std::chrono::hours(2));
    CHECK(world.flush().size() == 3);
    totals = world.store->bulk().totals(BulkId(1)).value();
    CHECK(totals.sent == 3);
    CHECK(totals.waiting == 0);
    CHECK(world.times_sent("Hello Cy") == 1);
  }
}

TEST_CASE("a rate is kept, by the command and by flushes, also after a long pause") {
  BulkSender world(ProviderKind::google);
  world.order.pause = parse_rate("2/min").value();
  CHECK(world.order.pause == std::chrono::seconds(30));
  std::string csv = "to,name\n";
  for (int i = 0; i < 40; ++i) csv += "r" + std::to_string(i) + "@example.org,N" + std::to_string(i) + "\n";
  const auto run = world.add(csv);
  const auto start = world.box.clock.monotonic();
  const Stop after_two_minutes = Stop().before(start + std::chrono::seconds(119));
  (void)world.send(run, after_two_minutes);
  CHECK_FALSE(world.ended);
  CHECK(world.store->bulk().totals(run.id).value().sent == 4);  // at 0, 30, 60 and 90 seconds

  world.box.clock.advance(std::chrono::minutes(2));
  CHECK(world.flush().size() == 4);
  world.box.clock.advance(std::chrono::hours(5));  // everything is overdue by now
  REQUIRE(make_up_lost_time(world.request.account.id, world.store->bulk(), world.box.clock.now()));
  CHECK(world.flush().size() == 1);
  world.box.clock.advance(std::chrono::minutes(5));
  REQUIRE(make_up_lost_time(world.request.account.id, world.store->bulk(), world.box.clock.now()));
  CHECK(world.flush().size() == 10);

  CHECK_FALSE(parse_rate("30"));
  CHECK_FALSE(parse_rate("0/min"));
  CHECK_FALSE(parse_rate("-1/min"));
  CHECK_FALSE(parse_rate("3/week"));
  CHECK(parse_rate("500/h").value() == milliseconds(7200));
}

TEST_CASE("nobody who is suppressed is written to, and what waits for him is taken out") {
  BulkSender world(ProviderKind::microsoft);
  auto& suppressions = world.store->suppressions();
  REQUIRE(suppressions.add({"A@Example.org", "asked", world.box.clock.now()}));
  const auto run = world.add(kTwo);
  CHECK(world.store->bulk().totals(run.id).value().suppressed == 1);
  REQUIRE(suppressions.add({"b@example.org", "asked", world.box.clock.now()}));
  CHECK(world.send(run) == "(a:suppressed) (b:cancelled)");
  CHECK(suppressions.remove("a@example.org").value());
  CHECK_FALSE(suppressions.remove("a@example.org").value());
  CHECK(world.send(kTwo) == "a:sent (b:cancelled)");
}

TEST_CASE("a list that is cancelled is not sent by repeating it") {
  BulkSender world(ProviderKind::google);
  const auto run = world.add(kTwo);
  int cancelled = 0;
  REQUIRE(world.with_world([&](const BulkWorld& bulk) {
    return cancel_bulk(run, bulk, [&](const BulkRow&, bool before) { cancelled += before ? 0 : 1; }, {});
  }));
  CHECK(cancelled == 2);
  CHECK(world.send(kTwo) == "(a:cancelled) (b:cancelled)");
  CHECK(world.times_sent("Hello Ada") == 0);
}

TEST_CASE("without a key the same list is the same run, and another template or sender is another") {
  BulkSender world(ProviderKind::google);
  const auto key = default_bulk_key(kTwo, world.order);
  CHECK(default_bulk_key(kTwo, world.order) == key);
  CHECK(default_bulk_key("to\n", world.order) != key);
  world.order.pattern.content.text = "Other";
  CHECK(default_bulk_key(kTwo, world.order) != key);
}

TEST_CASE("who asks not to be written to between two commands is not, whatever became of the first") {
  for (const auto kind : kSenders) {
    CAPTURE(to_string(kind));
    BulkSender world(kind);
    world.fault(R"([{"match":{"method":"POST","path":"send$"},"action":{"status":400},"times":1}])");
    const auto run = world.add(kTwo);
    CHECK(world.send(run) == "a:failed b:sent");
    REQUIRE(world.store->suppressions().add({"A@example.org", "asked", world.box.clock.now()}));
    CHECK(world.send(run) == "(a:cancelled) (b:sent)");
    CHECK(world.send(kTwo) == "(a:cancelled) (b:sent)");
    CHECK(world.times_sent("Hello Ada") == 0);
  }
}

TEST_CASE("a list of an account that is paused is not resumed, and what failed keeps the rate too") {
  BulkSender world(ProviderKind::google);
  world.order.pause = parse_rate("1/min").value();
  world.fault(R"([{"match":{"method":"POST","path":"send$"},"action":{"status":400},"times":2}])");
  const auto run = world.add(kTwo);
  CHECK(world.send(run) == "a:failed b:failed");
  world.request.account.state = AccountState::paused;
  CHECK(world.send(run).empty());
  REQUIRE_FALSE(world.ended);
  CHECK(world.ended.error().code == Code::refused);
  world.request.account.state = AccountState::active;
  const auto start = world.box.clock.now();
  CHECK(world.send(run) == "a:sent b:sent");
  CHECK(world.box.clock.now() - start >= std::chrono::minutes(1));
}
