#include "core/system/tls.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <optional>

#include "core/base/encoding.h"
#include "core/system/httplib_client.h"
#include "tests/system/certificates.h"
#include "tests/system/raw_server.h"

using namespace mailmgr;

namespace {

void answer_all(Peer& peer) {
  while (!peer.read_request().empty()) peer.answer("ok");
}

HttpRequest get(const Url& url) {
  HttpRequest request;
  request.url = url;
  return request;
}

HttpSettings trusting(const Authority& authority) {
  HttpSettings settings;
  settings.ca_file = authority.pem_file();
  return settings;
}

// What a client that trusts the authority says to a server with this certificate.
Result<HttpResponse> talk(const CertificateWish& wish, std::string_view host = "localhost") {
  const Authority authority;
  const auto context = authority.server(wish);
  RawServer server(answer_all, context.get());
  HttplibClient client(trusting(authority));
  return client.send(get(server.url("/", host)), {});
}

class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    setenv(name, value, 1);
  }
  ~Variable() { old_ ? setenv(name_, old_->c_str(), 1) : unsetenv(name_); }

 private:
  const char* name_;
  std::optional<std::string> old_;
};

}  // namespace

TEST_CASE("a good certificate is accepted for its names and addresses") {
  CHECK(talk({}).value().body == "ok");
  CHECK(talk({}, "127.0.0.1").value().body == "ok");
}

TEST_CASE("attack 41: bad certificates are refused before anything is sent") {
  const std::vector<CertificateWish> wishes{
      {.is_self_signed = true},
      {.is_expired = true},
      {.common_name = "other.example", .alternative_names = "DNS:other.example"},
      {.common_name = "localhost", .alternative_names = ""},
      {.common_name = "localhost", .alternative_names = "DNS:other.example"},
      {.common_name = "other.example", .alternative_names = "DNS:*"},
      {.common_name = "localhost", .alternative_names = "DNS:local*"},
      {.common_name = "localhost", .alternative_names = "IP:127.0.0.1"},
  };
  for (const auto& wish : wishes) {
    CAPTURE(wish.common_name);
    CAPTURE(wish.alternative_names);
    const auto answer = talk(wish);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == Code::unreachable);
    CHECK(answer.error().message.find("certificate") != std::string::npos);
  }
  CHECK(talk({.alternative_names = "DNS:localhost"}, "127.0.0.1").error().code == Code::unreachable);
}

TEST_CASE("a certificate of an authority that is not ours is refused") {
  const Authority ours;
  const Authority theirs;
  const auto context = theirs.server();
  RawServer server(answer_all, context.get());
  HttplibClient client(trusting(ours));
  CHECK(client.send(get(server.url()), {}).error().code == Code::unreachable);
  HttplibClient system;
  CHECK(system.send(get(server.url()), {}).error().code == Code::unreachable);
}

TEST_CASE("a CA file can be given for one origin alone") {
  const Authority authority;
  const auto context = authority.server();
  RawServer trusted(answer_all, context.get());
  RawServer other(answer_all, context.get());
  HttpSettings settings;
  settings.ca_files[trusted.url().origin()] = authority.pem_file();
  HttplibClient client(settings);
  CHECK(client.send(get(trusted.url()), {}));
  CHECK(client.send(get(other.url()), {}).error().code == Code::unreachable);
}

TEST_CASE("attack 42: TLS 1.1 is refused") {
  // Asked of the context too: Debian's OpenSSL configuration would refuse it by itself.
  const auto own = make_tls_context(Url::parse("https://localhost/").value(), "");
  CHECK(SSL_CTX_get_min_proto_version(own.value().get()) == TLS1_2_VERSION);

  const Authority authority;
  const auto context = authority.server();
  SSL_CTX_set_security_level(context.get(), 0);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context.get(), TLS1_1_VERSION);
  SSL_CTX_set_cipher_list(context.get(), "ALL:@SECLEVEL=0");
  RawServer server(answer_all, context.get());
  HttplibClient client(trusting(authority));
  CHECK(client.send(get(server.url()), {}).error().code == Code::unreachable);
}

TEST_CASE("attack 45: a CA file that is not there is an error, never less checking") {
  HttpSettings settings;
  settings.ca_file = "/nonexistent/ca.pem";
  HttplibClient client(settings);
  const auto answer = client.send(get(Url::parse("https://localhost:1/").value()), {});
  CHECK(answer.error().code == Code::config);
  CHECK(answer.error().message.find("/nonexistent/ca.pem") != std::string::npos);

  const Variable file("SSL_CERT_FILE", "/nonexistent/system.pem");
  HttplibClient system;
  const auto second = system.send(get(Url::parse("https://localhost:1/").value()), {});
  CHECK(second.error().code == Code::config);
  CHECK(second.error().message.find("/nonexistent/system.pem") != std::string::npos);
}

TEST_CASE("a body without a length counts as whole only with the TLS goodbye") {
  const Authority authority;
  const auto context = authority.server();
  for (const bool says_goodbye : {true, false}) {
    RawServer server(
        [&](Peer& peer) {
          peer.read_request();
          peer.write("HTTP/1.1 200 OK\r\n\r\nall of it");
          if (says_goodbye) peer.shutdown_tls();
        },
        context.get());
    HttplibClient client(trusting(authority));
    const auto answer = client.send(get(server.url()), {});
    if (says_goodbye) CHECK(answer.value().body == "all of it");
    if (!says_goodbye) CHECK(answer.error().code == Code::no_answer);
  }
}

TEST_CASE("TLS connections are kept and used again") {
  const Authority authority;
  const auto context = authority.server();
  RawServer server(answer_all, context.get());
  HttplibClient client(trusting(authority));
  for (int i = 0; i < 3; ++i) CHECK(client.send(get(server.url()), {}));
  CHECK(server.connections() == 1);
}

TEST_CASE("https to elsewhere goes through the proxy's tunnel, with TLS to the real host") {
  const Authority authority;
  const auto context = authority.server({.common_name = "mail.example", .alternative_names = "DNS:mail.example"});
  std::string connect;
  RawServer proxy([&](Peer& peer) {
    connect = peer.read_request();
    peer.write("HTTP/1.1 200 Connection established\r\n\r\n");
    if (peer.start_tls(context.get())) answer_all(peer);
  });
  HttpSettings settings = trusting(authority);
  settings.proxy.https_proxy = "http://user:p%40ss@127.0.0.1:" + std::to_string(proxy.port());
  HttplibClient client(settings);
  CHECK(client.send(get(Url::parse("https://mail.example/").value()), {}).value().body == "ok");
  CHECK(connect.starts_with("CONNECT mail.example:443 HTTP/1.1\r\nHost: mail.example:443\r\n"));
  CHECK(connect.find("Proxy-Authorization: Basic " + base64("user:p@ss") + "\r\n") != std::string::npos);
}

TEST_CASE("attack 44: a proxy that refuses, or that answers in clear text itself, is unreachable") {
  const std::string ok = "HTTP/1.1 200 OK\r\n\r\n";
  for (const std::string& answer :
       {ok + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", std::string("HTTP/1.1 407 No\r\n\r\n"),
        std::string("HTTP/1.1 502 Bad\r\n\r\n"), std::string("nonsense\r\n\r\n"), std::string()}) {
    RawServer proxy([&](Peer& peer) {
      peer.read_request();
      peer.write(answer);
    });
    HttpSettings settings;
    settings.proxy.https_proxy = "127.0.0.1:" + std::to_string(proxy.port());
    HttplibClient client(settings);
    CHECK(client.send(get(Url::parse("https://mail.example/").value()), {}).error().code == Code::unreachable);
  }
}

TEST_CASE("the proxy is not for this machine, for http, or for what NO_PROXY names") {
  const ProxySettings settings{"http://proxy.example:3128", "internal.example, .corp.example,host.example:8443"};
  const auto is_used = [&](const char* url) {
    return proxy_for(Url::parse(url).value(), settings).value().has_value();
  };
  CHECK(is_used("https://mail.example/"));
  CHECK(is_used("https://notinternal.example/"));
  CHECK(is_used("https://host.example/"));
  CHECK_FALSE(is_used("https://127.0.0.1/"));
  CHECK_FALSE(is_used("https://localhost/"));
  CHECK_FALSE(is_used("http://mail.example/"));
  CHECK_FALSE(is_used("https://internal.example/"));
  CHECK_FALSE(is_used("https://a.internal.example/"));
  CHECK_FALSE(is_used("https://corp.example/"));
  CHECK_FALSE(is_used("https://host.example:8443/"));
  CHECK_FALSE(proxy_for(Url::parse("https://mail.example/").value(), {"proxy.example:1", "*"}).value().has_value());
}

TEST_CASE("a proxy setting that cannot be understood is an error that does not show a password") {
  for (const char* text : {"socks5://u:s3cret@proxy.example:1", "http://u:s3cret@", "http://u:s3cret@proxy:port"}) {
    const auto proxy = proxy_for(Url::parse("https://mail.example/").value(), {text, ""});
    REQUIRE_FALSE(proxy);
    CHECK(proxy.error().code == Code::config);
    CHECK(proxy.error().message.find("s3cret") == std::string::npos);
  }
}
