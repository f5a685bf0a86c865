#include "core/base/url.h"

#include <doctest/doctest.h>

using namespace mailmgr;

TEST_CASE("a URL is taken apart and put together again") {
  const Url url = Url::parse("HTTPS://Graph.Microsoft.com:8443/v1.0/me?$top=5&a=b").value();
  CHECK(url.scheme == "https");
  CHECK(url.host == "graph.microsoft.com");
  CHECK(url.port == 8443);
  CHECK(url.path == "/v1.0/me");
  CHECK(url.query == "$top=5&a=b");
  CHECK(url.origin() == "https://graph.microsoft.com:8443");
  CHECK(url.target() == "/v1.0/me?$top=5&a=b");
  CHECK(url.str() == "https://graph.microsoft.com:8443/v1.0/me?$top=5&a=b");
}

TEST_CASE("default ports are not written") {
  CHECK(Url::parse("https://a.example:443").value().str() == "https://a.example/");
  CHECK(Url::parse("http://a.example").value().port == 80);
  CHECK(Url::parse("https://a.example?x=1").value().target() == "/?x=1");
}

TEST_CASE("IPv6 hosts have brackets only in writing") {
  const Url url = Url::parse("http://[::1]:8080/cb").value();
  CHECK(url.host == "::1");
  CHECK(url.str() == "http://[::1]:8080/cb");
}

TEST_CASE("URLs that could be read in two ways are refused") {
  for (const char* text : {"",
                           "ftp://a.example/",
                           "javascript:alert(1)",
                           "//a.example/",
                           "https:a.example",
                           "https://",
                           "https:///path",
                           "https://user@a.example/",
                           "https://user:pw@a.example/",
                           "https://a.example@evil.example/",
                           "https://a.example/#fragment",
                           "https://a.example\\@evil.example/",
                           "https://a.example/a b",
                           "https://a.example/\r\nX: y",
                           "https://a.example:0/",
                           "https://a.example:65536/",
                           "https://a.example:/",
                           "https://a.example:8x/",
                           "https://[::1",
                           "https://[::1]x/",
                           "https://[localhost]/",
                           "https://a%2eexample/",
                           "https://\xc3\xa4.example/",
                           "https://a.example/v1.0/../x",
                           "https://a.example/v1.0/%2E%2e/x",
                           "https://a.example/.",
                           " https://a.example/"}) {
    CAPTURE(text);
    const auto url = Url::parse(text);
    REQUIRE_FALSE(url);
    CHECK(url.error().code == Code::usage);
  }
  CHECK_FALSE(Url::parse(std::string_view("https://a.example/\0x", 20)));
}

TEST_CASE("loopback is the loopback addresses and localhost, nothing that looks alike") {
  for (const char* text : {"http://127.0.0.1:8/", "http://127.9.8.7/", "http://localhost/", "http://[::1]/"}) {
    CAPTURE(text);
    CHECK(Url::parse(text).value().is_loopback());
  }
  for (const char* text : {"http://127.0.0.1.evil.example/", "http://localhost.evil.example/", "http://128.0.0.1/",
                           "http://127.1/", "http://0.0.0.0/", "http://[::2]/"}) {
    CAPTURE(text);
    CHECK_FALSE(Url::parse(text).value().is_loopback());
  }
}

TEST_CASE("origins compare scheme, host and port") {
  const Url url = Url::parse("https://a.example/x").value();
  CHECK(url.same_origin(Url::parse("https://A.example:443/y").value()));
  CHECK_FALSE(url.same_origin(Url::parse("http://a.example/x").value()));
  CHECK_FALSE(url.same_origin(Url::parse("https://a.example:444/x").value()));
  CHECK_FALSE(url.same_origin(Url::parse("https://a.example.evil.example/x").value()));
}

TEST_CASE("a tail is appended to a path prefix without doubling the slash") {
  CHECK(Url::parse("https://a.example").value().with_path("/token").str() == "https://a.example/token");
  CHECK(Url::parse("https://a.example/p/?x=1").value().with_path("/token", "a=b").str() ==
        "https://a.example/p/token?a=b");
}

TEST_CASE("queries go both ways, keeping order and duplicates") {
  const QueryParams params{{"scope", "a b"}, {"state", "x&y=z"}, {"scope", "\xc3\xa4"}};
  CHECK(encode_query(params) == "scope=a%20b&state=x%26y%3Dz&scope=%C3%A4");
  CHECK(decode_query(encode_query(params)).value() == params);
}

TEST_CASE("decoding a query takes plus as space, bare names and empty parts, and refuses bad escapes") {
  CHECK(decode_query("a+b=c+d&&e&f=").value() == QueryParams{{"a b", "c d"}, {"e", ""}, {"f", ""}});
  CHECK(decode_query("").value().empty());
  CHECK_FALSE(decode_query("a=%zz"));
  CHECK_FALSE(decode_query("%=a"));
}
