// Media upload as "Upload attachments" describes it: simple (media), multipart and resumable. This part turns an upload
// request into a body and bytes, or into the answer of a resumable session's own protocol (308, Range, Location).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>

#include "tests/sandbox/gmail/call.h"

namespace mailmgr::sandbox::gmail {

// What a finished upload brings.
struct Uploaded {
  nlohmann::json body;
  Bytes media;
  std::string session;  // of a resumable upload: where its final answer is to be kept
};

class Uploads {
 public:
  // Either what to call the method with, or the response of a step in between. Throws ApiError.
  std::variant<Uploaded, Response> step(const Request& request, const Route& route, const Params& params,
                                        const std::string& user, Time now);
  // A resumable session answers further status queries with the response of the call it ended in.
  void finished(const std::string& session, const Response& response);
  // Does this request continue a session (and so was paid for when the session began)?
  static bool continues(const Params& params) { return params.has("upload_id"); }

 private:
  struct Session {
    const Method* method = nullptr;
    std::string user;
    std::string target;  // the message or draft the path names
    nlohmann::json body;
    std::string received;
    std::optional<std::uint64_t> total;
    Time created{};
    std::optional<Response> answer;
  };
  Response begin(const Request& request, const Route& route, const std::string& user, Time now);
  std::variant<Uploaded, Response> proceed(const Request& request, const Route& route, const std::string& id,
                                           const std::string& user, Time now);

  std::map<std::string, Session> sessions_;
  std::uint64_t begun_ = 0;
};

}  // namespace mailmgr::sandbox::gmail
