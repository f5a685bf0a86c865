#include "core/system/tls.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdlib>

namespace mailmgr {
namespace {

std::string last_tls_error() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  if (code == 0) return "the connection was closed";
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "unknown TLS error";
}

bool is_address(const std::string& host) {
  std::array<unsigned char, 16> bytes{};
  return inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 || inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

bool set_expected_name(SSL_CTX* context, const std::string& host) {
  X509_VERIFY_PARAM* param = SSL_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (is_address(host)) return X509_VERIFY_PARAM_set1_ip_asc(param, host.c_str()) == 1;
  return X509_VERIFY_PARAM_set1_host(param, host.data(), host.size()) == 1;
}

Status load_trust(SSL_CTX* context, const std::string& ca_file) {
  if (!ca_file.empty()) {
    if (SSL_CTX_load_verify_locations(context, ca_file.c_str(), nullptr) == 1) return {};
    return Error{Code::config, fmt::format("reading the CA file {}: {}", ca_file, last_tls_error()),
                 "give a readable PEM file with `mailmgr provider set NAME --ca-file FILE`"};
  }
  // OpenSSL ignores an SSL_CERT_FILE that is not there and then trusts nothing, with an error that names no file.
  const char* file = std::getenv(X509_get_default_cert_file_env());
  if (file != nullptr && SSL_CTX_load_verify_locations(context, file, nullptr) != 1) {
    return Error{Code::config, fmt::format("reading the CA file {} (from SSL_CERT_FILE): {}", file, last_tls_error()),
                 "unset SSL_CERT_FILE, or let it name a readable PEM file"};
  }
  if (SSL_CTX_set_default_verify_paths(context) == 1) return {};
  return Error{Code::config, fmt::format("loading the system's CA certificates: {}", last_tls_error()),
               "install the package ca-certificates"};
}

Error handshake_failed(SSL* session, const Url& origin) {
  const long verdict = SSL_get_verify_result(session);
  if (verdict != X509_V_OK) {
    ERR_clear_error();
    return {Code::unreachable,
            fmt::format("connecting to {}: its certificate is not accepted: {}", origin.origin(),
                        X509_verify_cert_error_string(verdict)),
            "check the clock of this machine; for a server of your own, `mailmgr provider set NAME --ca-file FILE`"};
  }
  return {Code::unreachable,
          fmt::format("connecting to {}: the TLS handshake failed: {}", origin.origin(), last_tls_error()),
          "check the address and any proxy on the way"};
}

}  // namespace

Result<TlsContext> make_tls_context(const Url& origin, const std::string& ca_file) {
  ERR_clear_error();
  TlsContext context{SSL_CTX_new(TLS_client_method())};
  if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1 ||
      !set_expected_name(context.get(), origin.host)) {
    return Error{Code::internal, fmt::format("setting up TLS for {}: {}", origin.origin(), last_tls_error()), ""};
  }
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (auto loaded = load_trust(context.get(), ca_file); !loaded) return loaded.error();
  return context;
}

Result<TlsSession> tls_handshake(SSL_CTX* context, int fd, const Url& origin, Waiter& waiter) {
  TlsSession session{SSL_new(context)};
  const bool is_ready = session && SSL_set_fd(session.get(), fd) == 1 &&
                        (is_address(origin.host) || SSL_set_tlsext_host_name(session.get(), origin.host.c_str()) == 1);
  if (!is_ready) return Error{Code::internal, fmt::format("setting up TLS: {}", last_tls_error()), ""};
  while (true) {
    ERR_clear_error();
    const int done = SSL_connect(session.get());
    if (done == 1) return session;
    const int wanted = SSL_get_error(session.get(), done);
    if (wanted != SSL_ERROR_WANT_READ && wanted != SSL_ERROR_WANT_WRITE) {
      return handshake_failed(session.get(), origin);
    }
    const auto outcome = waiter.wait(fd, wanted == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT);
    if (outcome == Waiter::Outcome::stopped) return Stop::error();
    if (outcome == Waiter::Outcome::late) {
      return Error{Code::unreachable, fmt::format("connecting to {}: the TLS handshake took too long", origin.origin()),
                   "run the same command again"};
    }
  }
}

}  // namespace mailmgr
