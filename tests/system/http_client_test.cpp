#include <doctest/doctest.h>

#include "core/system/httplib_client.h"
#include "tests/system/raw_server.h"

using namespace mailmgr;
using namespace std::chrono_literals;

namespace {

HttpRequest get(const Url& url) {
  HttpRequest request;
  request.url = url;
  return request;
}

HttpRequest post(const Url& url, std::string body = "x=1") {
  HttpRequest request = get(url);
  request.method = "POST";
  request.body = std::move(body);
  request.content_type = "application/x-www-form-urlencoded";
  return request;
}

Result<HttpResponse> send(const HttpRequest& request, const Stop& stop = {}) {
  HttplibClient client;
  return client.send(request, stop);
}

// A server that answers every request with these bytes and then closes.
RawServer::Handler says(std::string bytes) {
  return [bytes = std::move(bytes)](Peer& peer) {
    peer.read_request();
    peer.write(bytes);
  };
}

Code code_of(std::string bytes, std::size_t max_body = 1000) {
  RawServer server(says(std::move(bytes)));
  HttpRequest request = get(server.url());
  request.max_body = max_body;
  const auto answer = send(request);
  return answer ? Code::internal : answer.error().code;
}

}  // namespace

TEST_CASE("a request arrives as it was meant, and the answer as it was sent") {
  std::string seen;
  RawServer server([&](Peer& peer) {
    seen = peer.read_request();
    peer.answer("hello", "201 Created", "Location: https://a.example/%0d%0a?x=%41\r\nX-Empty:\r\n");
  });
  HttpRequest request = get(server.url("/a%20b?q=1&r=%2F"));
  request.headers = {{"Authorization", "Bearer abc"}, {"Accept", "application/json"}};
  const auto answer = send(request);
  REQUIRE(answer);
  CHECK(answer->status == 201);
  CHECK(answer->body == "hello");
  CHECK(answer->header("location") == "https://a.example/%0d%0a?x=%41");
  CHECK(answer->header("x-empty") == "");
  CHECK(seen.starts_with("GET /a%20b?q=1&r=%2F HTTP/1.1\r\n"));
  CHECK(seen.find("\r\nHost: 127.0.0.1:" + std::to_string(server.port()) + "\r\n") != std::string::npos);
  CHECK(seen.find("\r\nUser-Agent: mailmgr/") != std::string::npos);
  CHECK(seen.find("\r\nAccept-Encoding: identity\r\n") != std::string::npos);
  CHECK(seen.find("\r\nAuthorization: Bearer abc\r\n") != std::string::npos);
}

TEST_CASE("a POST carries its body and type, also when the body is empty or large") {
  for (const std::size_t size : {std::size_t{0}, std::size_t{5}, std::size_t{3'000'000}}) {
    std::string seen;
    RawServer server([&](Peer& peer) {
      seen = peer.read_request();
      peer.answer("ok");
    });
    REQUIRE(send(post(server.url(), std::string(size, 'b'))));
    CHECK(seen.find("\r\nContent-Length: " + std::to_string(size) + "\r\n") != std::string::npos);
    CHECK(seen.ends_with("\r\n\r\n" + std::string(size, 'b')));
    if (size > 0) CHECK(seen.find("\r\nContent-Type: application/x-www-form-urlencoded\r\n") != std::string::npos);
  }
}

TEST_CASE("attack 20: a redirect is an answer like any other; nothing is sent where it points") {
  RawServer elsewhere([](Peer& peer) { peer.read_request(); });
  for (const char* status : {"302 Found", "307 Temporary Redirect"}) {
    RawServer server([&](Peer& peer) {
      peer.read_request();
      peer.answer("", status, "Location: " + elsewhere.url().str() + "\r\n");
    });
    CHECK(send(post(server.url())).value().status == std::stoi(status));
  }
  CHECK(elsewhere.connections() == 0);
}

TEST_CASE("what could end a header line never reaches the wire") {
  RawServer server([](Peer& peer) { peer.read_request(); });
  const HttpRequest good = get(server.url());
  std::vector<HttpRequest> bad(9, good);
  bad[0].headers = {{"X-A", "b\r\nX-Evil: 1"}};
  bad[1].headers = {{"X-A", "b\n"}};
  bad[2].headers = {{"X-A", std::string("b\0c", 3)}};
  bad[3].headers = {{"X-A: b\r\nX", "c"}};
  bad[4].headers = {{"", "c"}};
  bad[5].url.query = "a=b HTTP/1.1\r\nX-Evil: 1";
  bad[6].method = "GET / HTTP/1.1\r\n";
  bad[7].content_type = "text/plain\r\nX-Evil: 1";
  bad[8].headers = {{"content-length", "3"}};
  for (const auto& request : bad) CHECK(send(request).error().code == Code::config);
  CHECK(server.connections() == 0);
}

TEST_CASE("a secret in a bad header is not repeated in the error") {
  HttpRequest request = get(Url::parse("https://a.example").value());
  request.headers = {{"Authorization", "Bearer s3cret\r\n"}};
  const Error error = send(request).error();
  CHECK((error.message + error.hint).find("s3cret") == std::string::npos);
}

TEST_CASE("attack 43: plain http is only for this machine") {
  CHECK(send(get(Url::parse("http://mail.example/").value())).error().code == Code::config);
}

TEST_CASE("nobody listening is unreachable") {
  std::uint16_t port = 0;
  {
    const RawServer server([](Peer&) {});
    port = server.port();
  }
  const auto url = Url::parse("http://127.0.0.1:" + std::to_string(port)).value();
  CHECK(send(post(url)).error().code == Code::unreachable);
}

TEST_CASE("an answer that does not come or is cut short is no answer") {
  CHECK(code_of("") == Code::no_answer);
  CHECK(code_of("HTTP/1.1 200 O") == Code::no_answer);
  CHECK(code_of("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort") == Code::no_answer);
  CHECK(code_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n") == Code::no_answer);
  CHECK(code_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello!!\r\n0\r\n\r\n") == Code::no_answer);
  CHECK(code_of("not http at all\r\n\r\n") == Code::no_answer);
}

TEST_CASE("attack 23: contradictory, compressed and malformed answers are no answer") {
  CHECK(code_of("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc") == Code::no_answer);
  CHECK(code_of("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") ==
        Code::no_answer);
  CHECK(code_of("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n") == Code::no_answer);
  CHECK(code_of("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nab") == Code::no_answer);
  CHECK(code_of("HTTP/1.1 200 OK\r\nA: b\nContent-Length: 2\r\n\r\nab") == Code::no_answer);
}

TEST_CASE("attack 23: a body over the limit is refused, announced or not") {
  const std::string body(1001, 'b');
  CHECK(code_of("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n" + body) == Code::too_large);
  CHECK(code_of("HTTP/1.1 200 OK\r\n\r\n" + body) == Code::too_large);
  CHECK(code_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + body + "\r\n0\r\n\r\n") ==
        Code::too_large);
  CHECK(code_of("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n") == Code::too_large);
}

TEST_CASE("endless headers are refused") {
  CHECK(code_of("HTTP/1.1 200 " + std::string(20'000, 'o') + "\r\n\r\n") == Code::too_large);
  CHECK(code_of("HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n") == Code::too_large);
  std::string many = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 20'000; ++i) many += "X: y\r\n";
  CHECK(code_of(many + "\r\n") == Code::too_large);
}

TEST_CASE("attack 30: a server that drips cannot outlive the deadline, wherever it drips") {
  for (const char* start : {"", "HTTP/1.1 200 OK\r\nX: ", "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n",
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
    RawServer server([start](Peer& peer) {
      peer.read_request();
      peer.write(start);
      peer.drip('1');
    });
    HttpRequest request = get(server.url());
    request.deadline = 100ms;
    CHECK(send(request).error().code == Code::no_answer);
  }
}

TEST_CASE("a stop from elsewhere ends a call that waits for its answer") {
  std::stop_source source;
  RawServer server([&](Peer& peer) {
    peer.read_request();
    source.request_stop();
    peer.wait_for_close();
  });
  CHECK(send(get(server.url()), Stop(source.get_token())).error().code == Code::interrupted);
  CHECK(send(get(server.url()), Stop(source.get_token())).error().code == Code::interrupted);
  CHECK(server.connections() == 1);
}

TEST_CASE("the stop's own deadline ends a call as a stop, not as a missing answer") {
  RawServer server([](Peer& peer) { peer.wait_for_close(); });
  const Stop stop = Stop().before(std::chrono::steady_clock::now() + 50ms);
  CHECK(send(get(server.url()), stop).error().code == Code::interrupted);
}

TEST_CASE("connections are kept and used again") {
  RawServer server([](Peer& peer) {
    while (!peer.read_request().empty()) peer.answer("ok");
  });
  HttplibClient client;
  for (int i = 0; i < 3; ++i) {
    CHECK(client.send(get(server.url()), {}).value().body == "ok");
    CHECK(client.send(post(server.url()), {}).value().body == "ok");
  }
  CHECK(server.connections() == 1);
}

TEST_CASE("a kept connection that dies before answering costs an idempotent request nothing") {
  for (const char* method : {"GET", "HEAD", "PUT", "DELETE"}) {
    RawServer server([](Peer& peer) {
      peer.read_request();
      peer.answer("", "204 No Content");
      if (peer.number() > 1) return;
      peer.read_request();  // and closes
    });
    HttplibClient client;
    HttpRequest request = get(server.url());
    request.method = method;
    CHECK(client.send(request, {}).value().status == 204);
    CHECK(client.send(request, {}).value().status == 204);
    CHECK(server.connections() == 2);
  }
}

TEST_CASE("a POST is never sent twice") {
  std::atomic<int> seen{0};
  RawServer server([&](Peer& peer) {
    while (!peer.read_request().empty() && ++seen == 1) peer.answer("ok");
  });
  HttplibClient client;
  CHECK(client.send(post(server.url()), {}));
  CHECK(client.send(post(server.url()), {}).error().code == Code::no_answer);
  CHECK(seen == 2);
  CHECK(server.connections() == 1);
}

TEST_CASE("bytes after an answer do not become part of the next one") {
  RawServer server([](Peer& peer) {
    while (!peer.read_request().empty())
      peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500 Oops\r\n\r\n");
  });
  HttplibClient client;
  CHECK(client.send(get(server.url()), {}).value().status == 200);
  CHECK(client.send(get(server.url()), {}).value().status == 200);
  CHECK(server.connections() == 2);
}

TEST_CASE("bodies of 2xx answers are streamed where asked, others are kept") {
  RawServer server([](Peer& peer) {
    peer.read_request();
    peer.answer(std::string(200'000, 'b'));
    peer.read_request();
    peer.answer("sorry", "404 Not Found");
  });
  HttplibClient client;
  HttpRequest request = get(server.url());
  std::string streamed;
  request.on_body = [&](std::string_view bytes) {
    streamed += bytes;
    return true;
  };
  CHECK(client.send(request, {}).value().body.empty());
  CHECK(streamed == std::string(200'000, 'b'));
  CHECK(client.send(request, {}).value().body == "sorry");
  CHECK(streamed.size() == 200'000);
}

TEST_CASE("a receiver ends a transfer when it has enough") {
  RawServer server([](Peer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    peer.drip('b');
  });
  HttpRequest request = get(server.url());
  request.on_body = [](std::string_view) { return false; };
  CHECK(send(request).value().status == 200);
}

TEST_CASE("an interim answer is skipped and a HEAD answer has no body") {
  RawServer server([](Peer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2000000000\r\n\r\n");
  });
  HttplibClient client;
  HttpRequest request = get(server.url());
  CHECK(client.send(request, {}).value().body == "ok");
  request.method = "HEAD";
  const auto head = client.send(request, {}).value();
  CHECK(head.header("Content-Length") == "2000000000");
  CHECK(head.body.empty());
}

TEST_CASE("several threads are in flight at the same time") {
  constexpr int kThreads = 8;
  std::atomic<int> waiting{0};
  RawServer server([&](Peer& peer) {
    peer.read_request();
    ++waiting;
    while (waiting < kThreads) std::this_thread::yield();  // nobody is answered before all have asked
    peer.answer("ok");
    peer.wait_for_close();
  });
  HttplibClient client;
  std::atomic<int> answered{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] { answered += client.send(get(server.url()), {}).has_value() ? 1 : 0; });
    }
  }
  CHECK(answered == kThreads);
}
