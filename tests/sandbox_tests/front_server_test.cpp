// The server on a real loopback socket, and the command runner.
#include <doctest/doctest.h>
#include <httplib.h>

#include <csignal>

#include "tests/sandbox/runner.h"
#include "tests/sandbox/server.h"
#include "tests/sandbox_tests/sandbox_world.h"

namespace mailmgr::sandbox {
namespace {

const std::string kPath = "/upload-session/x";  // answered without a token

struct Served {
  World world;
  Server server{world.sandbox, 0};
  httplib::Client client{"127.0.0.1", server.port()};

  Served() {
    server.start();
    client.set_keep_alive(true);
    client.set_tcp_nodelay(true);
  }
  void fault(const char* kind) {
    world.send("DELETE", "/_sandbox/faults");
    world.control("/faults", {{"match", {{"path", "upload"}}}, {"action", kind}});
  }
};

}  // namespace

TEST_CASE("server: requests and answers pass whole, also large ones, over one connection") {
  Served served;
  const std::string large(40 << 20, 'x');
  for (const auto* body : {&large, &large}) {
    const auto result = served.client.Put(kPath, *body, "application/octet-stream");
    REQUIRE(result);
    CHECK(result->status == 200);
    CHECK(nlohmann::json::parse(result->body)["bytes"] == large.size());
  }
  CHECK(served.world.graph->handled == 2);
}

TEST_CASE("server: the query arrives as it was sent, and a method nobody has is an answer") {
  Served served;
  served.world.control("/faults",
                       {{"match", {{"path", R"(^/upload-session/x\?a=%20b\+c$)"}}}, {"action", {{"status", 418}}}});
  served.client.set_url_encode(false);
  CHECK(served.client.Get(kPath + "?a=%20b+c")->status == 418);
  CHECK(served.client.Get("/token")->status == 405);
  CHECK(served.client.Delete(kPath)->status == 200);
}

TEST_CASE("server: a POST without a body is answered at once") {
  Served served;
  httplib::Request request;
  request.method = "POST";
  request.path = "/_sandbox/stats/reset";
  const auto result = served.client.send(request);
  REQUIRE(result);
  CHECK(result->status == 200);
}

TEST_CASE("server: urlencoded forms may be longer than the library's 8 KiB") {
  Served served;
  const auto result =
      served.client.Post("/token", "grant_type=x&y=" + std::string(20000, 'z'), "application/x-www-form-urlencoded");
  REQUIRE(result);
  CHECK(result->status == 400);
}

TEST_CASE("server: connections break where a rule says so") {
  Served served;
  for (const auto* kind : {"reset_before", "reset_after", "reset_mid_body"}) {
    served.fault(kind);
    CHECK_FALSE(served.client.Put(kPath, "x", "text/plain"));
  }
  CHECK(served.world.graph->handled == 2);  // not before
  served.fault("truncate");
  const auto cut = served.client.Put(kPath, "x", "text/plain");
  REQUIRE(cut);
  CHECK(cut->status == 200);
  CHECK_FALSE(cut->has_header("Content-Length"));
  CHECK(nlohmann::json::parse(cut->body, nullptr, false).is_discarded());
  served.world.send("DELETE", "/_sandbox/faults");
  CHECK(served.client.Put(kPath, "x", "text/plain")->status == 200);
}

TEST_CASE("server: a port is not shared, and free again after the end") {
  Served served;
  CHECK_THROWS_WITH_AS(Server(served.world.sandbox, served.server.port()), doctest::Contains("taken"),
                       std::runtime_error);
  CHECK(served.client.Get("/_sandbox/stats")->status == 200);  // leaves an idle connection open
  served.server.stop();
  CHECK_FALSE(served.client.Get("/_sandbox/stats"));
}

TEST_CASE("runner: a command finds the sandbox in its environment, and its exit code counts") {
  auto signals = awaited_signals();
  sigset_t before;
  pthread_sigmask(SIG_BLOCK, &signals, &before);
  const auto run = [](const char* script) { return run_command({"sh", "-c", script}, "http://127.0.0.1:5", 5); };
  CHECK(run("exit 7") == 7);
  CHECK(run("test \"$SANDBOX_URL\" = http://127.0.0.1:5 && test \"$SANDBOX_PORT\" = 5 && test -d \"$MAILMGR_HOME\"") ==
        0);
  CHECK(run("kill -TERM $$") == 128 + SIGTERM);
  CHECK(run_command({"/nonexistent/command"}, "", 0) == 127);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace mailmgr::sandbox
