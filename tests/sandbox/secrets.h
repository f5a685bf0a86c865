// Every secret that passed a login: what a client sent to the token endpoint, what it got from there, and the codes in
// redirects. Tests search for them in places where they must not be.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "tests/sandbox/api.h"

namespace mailmgr::sandbox {

class Secrets {
 public:
  // A request to an OAuth endpoint or consent page, and its answer.
  void note(const Request& request, const Response& response);
  // By the name of the parameter: {"code":[…],"code_verifier":[…],"refresh_token":[…],…}, each once, oldest first.
  nlohmann::json to_json() const;

 private:
  void add(const std::string& name, const std::string& value);

  std::map<std::string, std::vector<std::string>> seen_;
};

}  // namespace mailmgr::sandbox
