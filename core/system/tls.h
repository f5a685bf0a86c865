// TLS 1.2 or newer with the peer's name checked by OpenSSL during the handshake. The check is stricter than
// cpp-httplib's own, which falls back to the common name and lets a SAN of "*" match: only the subject alternative name
// counts, and only whole-label wildcards. A context belongs to one origin, because the name is part of it.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "core/base/result.h"
#include "core/base/url.h"
#include "core/system/waiter.h"

namespace mailmgr {

struct FreeTls {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* session) const { SSL_free(session); }
};
using TlsContext = std::unique_ptr<SSL_CTX, FreeTls>;
using TlsSession = std::unique_ptr<SSL, FreeTls>;

// Trusts the certificates of `ca_file` (PEM) alone, or the system's where it is empty. Code::config when the file
// cannot be used, or when SSL_CERT_FILE names one that is not there: there is no fallback.
Result<TlsContext> make_tls_context(const Url& origin, const std::string& ca_file);

// The handshake over a connected non-blocking socket, which stays the caller's. Errors: unreachable, interrupted.
Result<TlsSession> tls_handshake(SSL_CTX* context, int fd, const Url& origin, Waiter& waiter);

}  // namespace mailmgr
