// Absolute http and https URLs, parsed strictly: what cannot be understood is refused, never guessed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"

namespace mailmgr {

struct Url {
  std::string scheme;      // "http" or "https"
  std::string host;        // lower case, without brackets for IPv6
  std::uint16_t port = 0;  // never 0 after parsing: the scheme's default if none was written
  std::string path = "/";  // as written (still percent-encoded), starts with '/'
  std::string query;       // as written, without '?'

  // Refuses other schemes, userinfo, fragments, control characters, spaces, empty hosts, and '.' and '..' segments
  // (also encoded), with Code::usage.
  static Result<Url> parse(std::string_view text);

  std::string origin() const;  // "https://host" or "https://host:8443"
  std::string target() const;  // path and query, as it goes into a request line
  std::string str() const;     // the whole URL

  // This URL with `tail` (starting with '/') appended to the path and the query replaced. Tail is not encoded here;
  // a slash at the end of the path is not doubled.
  Url with_path(std::string_view tail, std::string query = {}) const;

  bool is_loopback() const;  // 127.0.0.0/8, ::1 or localhost
  bool same_origin(const Url& other) const;
};

using QueryParams = std::vector<std::pair<std::string, std::string>>;
std::string encode_query(const QueryParams& params);  // a=b&c=d, percent-encoded; also the body of a form
// Undoes encode_query, keeping order and duplicates; parts that do not decode are an error.
Result<QueryParams> decode_query(std::string_view query);

}  // namespace mailmgr
