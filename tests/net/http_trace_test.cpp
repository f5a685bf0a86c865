#include "core/net/http_trace.h"

#include <doctest/doctest.h>

#include "tests/support/fakes.h"

using namespace mailmgr;

namespace {

constexpr const char* kGuid = "8f2c1d34-0a5b-4c6d-9e7f-00112233aabb";

struct TraceTest {
  FakeClock clock;
  ScriptedHttp* inner = nullptr;
  std::vector<HttpRecord> records;
  std::unique_ptr<TracedHttp> http;

  TraceTest() {
    auto scripted = std::make_unique<ScriptedHttp>();
    inner = scripted.get();
    http = std::make_unique<TracedHttp>(std::move(scripted), clock,
                                        [this](const HttpRecord& record) { records.push_back(record); });
  }
  HttpRequest request() {
    HttpRequest request;
    request.method = "POST";
    request.url = Url::parse("https://login.test/token?code=c4nary").value();
    request.headers = {{"Authorization", "Bearer c4nary"}};
    request.body = "refresh_token=c4nary";
    return request;
  }
};

}  // namespace

TEST_CASE("a traced request is told with its place, status, sizes, time and the provider's request id") {
  TraceTest test;
  test.inner->answer_with([&](const HttpRequest&) -> Result<HttpResponse> {
    test.clock.advance(milliseconds(83));
    return HttpResponse{200, {{"Request-Id", kGuid}}, "hello"};
  });
  CHECK(test.http->send(test.request(), {}).value().body == "hello");
  CHECK(to_string(test.records.at(0)) ==
        "POST https://login.test/token 200, 20 B out, 5 B in, 83 ms, request-id " + std::string(kGuid));
}

TEST_CASE("nothing that could be secret is told: no header, query, body or what a server sends back as an id") {
  TraceTest test;
  test.inner->answer(400, "c4nary", {{"x-ms-request-id", "c4nary-token"}, {"Set-Cookie", "c4nary"}});
  REQUIRE(test.http->send(test.request(), {}));
  CHECK(to_string(test.records.at(0)).find("c4nary") == std::string::npos);
}

TEST_CASE("a request without an answer is told too, and fails as it did") {
  TraceTest test;
  test.inner->fail(Code::unreachable, "no c4nary");
  CHECK(test.http->send(test.request(), {}).error().code == Code::unreachable);
  CHECK(to_string(test.records.at(0)) == "POST https://login.test/token failed (try_later), 20 B out, 0 B in, 0 ms");
}

TEST_CASE("what is streamed past the answer is counted and arrives") {
  TraceTest test;
  test.inner->answer_with([](const HttpRequest& request) -> Result<HttpResponse> {
    CHECK(request.on_body("abc"));
    CHECK_FALSE(request.on_body("de"));
    return HttpResponse{200, {}, ""};
  });
  std::string got;
  HttpRequest request = test.request();
  request.on_body = [&](std::string_view piece) {
    got += piece;
    return got.size() < 5;
  };
  REQUIRE(test.http->send(request, {}));
  CHECK(got == "abcde");
  CHECK(test.records.at(0).received == 5);
}
