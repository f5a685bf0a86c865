#include "providers/api_client.h"

#include <doctest/doctest.h>

#include "providers/json_text.h"
#include "tests/providers/fixture.h"

using namespace mailmgr;

namespace {

Error by_status(const HttpResponse& answer, Time now) {
  return error_of_answer(answer, {}, now);
}

Result<std::string> whole(std::string_view body) {
  if (auto text = JsonText::parse(body); !text) return text.error();
  return std::string(body);
}

struct World : Scripted {
  UsageMeter usage;
  ApiClient client = [this] {
    auto d = deps("https://api.test/root");
    d.usage = &usage;
    return ApiClient(d, by_status);
  }();
};

}  // namespace

TEST_CASE("requests carry the token and go below the API's root") {
  World world;
  world.http.answer(200, "{}");
  CHECK(world.client.ask({.what = "x", .path = "/a/b%2F", .query = "c=d", .units = 5}, whole, {}));
  const auto sent = world.http.last();
  CHECK(sent.url.str() == "https://api.test/root/a/b%2F?c=d");
  REQUIRE(sent.headers.size() == 1);
  CHECK(sent.headers[0] == std::pair<std::string, std::string>("Authorization", "Bearer token-1"));
  CHECK(world.usage.total().requests == 1);
  CHECK(world.usage.total().quota_units == 5);
}

TEST_CASE("trouble that passes is waited out, as long as the server asks") {
  World world;
  world.http.answer(503);
  world.http.answer(429, "", {{"Retry-After", "40"}});
  world.http.fail(Code::no_answer);
  world.http.answer(200, "{\"cut");  // an answer that is not whole
  world.http.answer(200, "{}");
  CHECK(world.client.ask({.what = "x", .path = "/a"}, whole, {}));
  CHECK(world.http.requests().size() == 5);
  CHECK(world.clock.slept() >= std::chrono::seconds(1 + 40 + 4 + 8));
  CHECK(world.clock.slept() <= std::chrono::seconds(1 + 40 + 4 + 8 + 4));
}

TEST_CASE("patience ends, with the last error and what was tried") {
  World world;
  world.http.always([](const HttpRequest&) { return HttpResponse{503, {}, ""}; });
  const auto answer = world.client.ask({.what = "listing", .path = "/a"}, whole, {});
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Code::try_later);
  CHECK(answer.error().message.starts_with("listing: "));
  CHECK(world.http.requests().size() == 5);
}

TEST_CASE("a server that asks for hours is not waited for") {
  World world;
  world.http.answer(429, "", {{"Retry-After", "7200"}});
  CHECK_FALSE(world.client.ask({.what = "x", .path = "/a"}, whole, {}));
  CHECK(world.clock.slept() == milliseconds(0));
}

TEST_CASE("what may have been done is not done again") {
  for (const auto code : {Code::no_answer, Code::try_later}) {
    World world;
    world.http.fail(code);
    world.http.answer(200, "{}");
    CHECK(world.client.send({.what = "x", .path = "/a", .repeatable = false}, {}).error().code == code);
    CHECK(world.http.requests().size() == 1);
  }
  World world;
  world.http.fail(Code::unreachable);
  world.http.answer(429);
  world.http.answer(200, "{}");
  CHECK(world.client.send({.what = "x", .path = "/a", .repeatable = false}, {}));
}

TEST_CASE(
    "a gateway that got no answer it understands gave none, whatever patience it asks for; a server in trouble gave "
    "one") {
  World world;
  const auto code_of = [&](int status, bool repeatable) {
    world.http.always([=](const HttpRequest&) { return HttpResponse{status, {{"Retry-After", "40"}}, ""}; });
    const auto error = world.client.send({.what = "x", .path = "/a", .repeatable = repeatable}, {}).error();
    CHECK(error.retry_after == std::chrono::seconds(40));
    return error.code;
  };
  CHECK(code_of(502, false) == Code::no_answer);
  CHECK(code_of(504, false) == Code::no_answer);
  CHECK(code_of(503, false) == Code::try_later);
  CHECK(code_of(504, true) == Code::try_later);  // it was tried until patience ended
}

TEST_CASE("a change of which nothing is to be read is carried out where the answer is empty or JSON") {
  for (const auto& [body, is_done] :
       {std::pair{"", true}, {"\r\n", true}, {"{}", true}, {"<html>Log in</html>", false}, {"{\"id\":", false}}) {
    CAPTURE(body);
    World world;
    world.http.always([body = std::string(body)](const HttpRequest&) { return HttpResponse{200, {}, body}; });
    const Status done = world.client.carry_out({.what = "deleting x", .method = "DELETE", .path = "/x"}, {});
    CHECK(done.has_value() == is_done);
    if (done) continue;
    CHECK(done.error().code == Code::try_later);
    CHECK(done.error().message.starts_with("deleting x: "));
  }
}

TEST_CASE("a rejected token is replaced once") {
  World world;
  world.http.answer(401);
  world.http.answer(200, "{}");
  CHECK(world.client.send({.what = "x", .path = "/a", .repeatable = false}, {}));
  CHECK(world.http.last().headers[0].second == "Bearer token-2");
  world.http.answer(401);
  world.http.answer(401);
  const auto answer = world.client.send({.what = "x", .path = "/a"}, {});
  CHECK(answer.error().code == Code::token_rejected);
  CHECK(world.http.unused() == 0);
}

TEST_CASE("attack 52: an error that repeats the access token is judged by its status and not shown") {
  Scripted world;
  ApiClient client(world.deps("https://api.test"),
                   [](const HttpResponse& answer, Time now) { return error_of_answer(answer, answer.body, now); });
  world.http.answer(403, "not allowed");
  CHECK(client.send({.what = "x", .path = "/a"}, {}).error().message.find("not allowed") != std::string::npos);
  world.http.answer(403, "not allowed for Bearer token-1");
  const auto answer = client.send({.what = "x", .path = "/a"}, {});
  CHECK(answer.error().code == Code::refused);
  CHECK(answer.error().message == "x: HTTP status 403");
}

TEST_CASE("expected statuses are answers, others are errors that end at once") {
  World world;
  world.http.answer(308, "", {{"Range", "bytes=0-1"}});
  CHECK(world.client.send({.what = "x", .path = "/a", .expected = {308}}, {}).value().http.status == 308);
  world.http.answer(302, "", {{"Location", "https://evil.test/"}});
  CHECK(world.client.send({.what = "x", .path = "/a"}, {}).error().code == Code::refused);
  world.http.answer(404);
  CHECK(world.client.send({.what = "x", .path = "/a"}, {}).error().code == Code::gone);
  CHECK(world.http.unused() == 0);
}

TEST_CASE("what a server refuses comes with what can be done about it") {
  for (const auto* text : {"", "what it says"}) {
    for (const int status : {302, 400, 401, 403, 404}) {
      CAPTURE(status);
      CHECK_FALSE(error_of_answer({status, {}, ""}, text, {}).hint.empty());
    }
  }
  // Who does not say what is missing may be no provider at all.
  CHECK(error_of_answer({404, {}, ""}, "", {}).hint.find("--base-url") != std::string::npos);
  CHECK(error_of_answer({404, {}, ""}, "notFound", {}).hint.find("mailmgr sync") != std::string::npos);
}

TEST_CASE("a stop ends the waiting") {
  World world;
  world.http.answer(503);
  std::stop_source source;
  source.request_stop();
  const auto answer = world.client.send({.what = "x", .path = "/a"}, Stop(source.get_token()));
  CHECK(answer.error().code == Code::interrupted);
}
