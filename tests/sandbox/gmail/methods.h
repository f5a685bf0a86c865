// The methods of the Gmail API as the discovery document (revision 20260525) and the usage limits page list them:
// paths, scopes, parameters, costs. A request is routed through this table; what is not in it does not exist.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sandbox/gmail/schema.h"

namespace mailmgr::sandbox::gmail {

struct Method {
  std::string name;               // "messages.get", without "gmail.users."
  std::string http;               // "GET"
  std::vector<std::string> path;  // segments after the user's, variables as "{id}"
  std::string request;            // schema of the body, may be empty
  std::string response;           // schema of the answer, may be empty
  std::uint64_t units_new = 0;
  std::uint64_t units_old = 0;
  std::uint64_t max_upload = 0;  // bytes; 0: takes no upload
  std::vector<std::string> scopes;
  std::map<std::string, FieldType, std::less<>> parameters;
};

using PathVariables = std::map<std::string, std::string, std::less<>>;

struct Route {
  const Method* method = nullptr;
  std::string user;         // "me" or an address, decoded
  PathVariables variables;  // decoded
  bool upload = false;      // came through /upload or /resumable/upload
};

class MethodTable {
 public:
  MethodTable();

  // nullopt: no such address, or not with this HTTP method. Under /upload, PUT finds the method whose resumable session
  // it continues.
  std::optional<Route> find(std::string_view http, std::string_view path) const;

 private:
  std::vector<Method> methods_;
};

}  // namespace mailmgr::sandbox::gmail
