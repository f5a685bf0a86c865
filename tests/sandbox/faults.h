// Faults by rule: which requests go wrong, and how. A rule is
//
//   {"match": {"method": "GET", "path": REGEX, "user": ADDRESS, "nth": N, "every": N, "probability": P},
//    "action": ACTION, "times": N}
//
// Every part of "match" may be left out. The path's regular expression (ECMAScript) is searched in the path and query
// as sent; nth (from 1) and every count the requests that met the rule's other conditions; the chances of probability
// come from the sandbox's seed. The rule is spent after "times" hits; without it never. The first rule that hits
// decides. ACTION is a word or an object with it as "kind":
//   status          {"kind":"status","status":503,"headers":{…},"body":TEXT or JSON}; the default kind of an object
//   error           {"error":"rateLimitExceeded"}: a provider error by name (provider_errors.h), "status" and "headers"
//   add to it html            200 with a web page, as a captive portal answers malformed_json  200 with broken JSON
//   reset_before    the connection breaks, nothing was done
//   reset_after     everything was done, the connection breaks before the answer
//   reset_mid_body  half of the answer, then the connection breaks
//   truncate        half of the answer without Content-Length, then an orderly end
//   drip            the answer one byte at a time
//   repeat          the answer that the same path and query had before, page tokens aside; a first one is handled
//   hold            the request waits until the rule is removed, and is handled then
// Parts of a batch meet the same rules, except that their connection cannot break, nor can they be held or repeated.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <random>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"
#include "tests/sandbox/api.h"

namespace mailmgr::sandbox {

class Faults {
 public:
  explicit Faults(std::uint64_t seed) : chance_(seed) {}

  // A rule, an array of rules, or {"rules": […]}; the ids given. Throws std::invalid_argument and adds none when one is
  // bad.
  std::vector<int> add(const nlohmann::json& rules);
  bool remove(int id);
  bool has(int id) const;
  bool repeats() const;  // whether there is a rule of kind repeat
  void clear() { rules_.clear(); }
  nlohmann::json to_json() const;  // {"rules":[{"id","rule","matched","fired"}]}

  struct Hit {
    std::optional<Response> instead = {};  // of the proper answer
    bool handled = false;                  // with `instead`: the request is handled all the same
    Transport transport = Transport::normal;
    bool repeat = false;
    std::optional<int> held_by = {};  // a rule's id
  };
  // `user` may be empty. `part` leaves out the rules on connections.
  std::optional<Hit> hit(const Request& request, std::string_view user, bool part, Time now);

 private:
  struct Rule {
    int id = 0;
    std::string source;  // JSON as given
    bool after = false;  // the answer is given once the request was handled
    std::string method, user;
    std::optional<std::regex> path;
    std::uint64_t nth = 0, every = 0;  // 0: any
    double probability = 1;
    std::optional<std::uint64_t> times;
    std::string kind;
    std::optional<int> status;
    HeaderList headers;
    std::string body, error;
    std::uint64_t matched = 0, fired = 0;
  };

  static Rule parse(const nlohmann::json& rule);
  static void parse_match(const nlohmann::json& match, Rule& rule);
  static void parse_action(const nlohmann::json& action, Rule& rule);
  bool fires(Rule& rule, const Request& request, std::string_view user);

  std::vector<Rule> rules_;
  int next_id_ = 1;
  std::mt19937_64 chance_;
};

}  // namespace mailmgr::sandbox
