#include "providers/microsoft/microsoft_batch.h"

#include <fmt/format.h>

#include <charconv>
#include <memory>
#include <nlohmann/json.hpp>

#include "core/base/encoding.h"
#include "core/net/retry.h"

namespace mailmgr::microsoft {
namespace {

using nlohmann::json;

constexpr int kRounds = 6;
constexpr std::size_t kMaxBatchAnswer = std::size_t{32} << 20;
constexpr std::string_view kImmutable = R"(IdType="ImmutableId")";

std::optional<std::size_t> number(std::string_view text) {
  std::size_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  return problem == std::errc() && end == text.data() + text.size() && !text.empty() ? std::optional(value)
                                                                                     : std::nullopt;
}

bool passes(const Error& error) {
  return error.code == Code::throttled || error.code == Code::try_later || error.code == Code::no_answer ||
         error.code == Code::token_rejected;
}

// Up to kMaxBatch of batch_all's calls, by their indices.
struct Group {
  std::vector<std::size_t> indices;
  std::vector<BatchGet> gets;
};

Group take_group(std::vector<std::size_t>& waiting, const std::vector<BatchGet>& gets) {
  Group group;
  while (!waiting.empty() && group.indices.size() < kMaxBatch) {
    group.indices.push_back(waiting.front());
    group.gets.push_back(gets[waiting.front()]);
    waiting.erase(waiting.begin());
  }
  return group;
}

}  // namespace

std::string user_root(std::string_view user) {
  return user == "me" ? std::string("/me") : "/users/" + percent_encode(user);
}

HttpHeaders immutable_ids() {
  return {{"Prefer", std::string(kImmutable)}};
}

Result<BatchAnswer> BatchAnswer::parse(std::string body, std::size_t requests) {
  BatchAnswer answer;
  answer.body_ = std::make_unique<const std::string>(std::move(body));
  auto text = JsonText::parse(*answer.body_);
  if (!text) return text.error();
  answer.text_.emplace(*std::move(text));
  answer.parts_.resize(requests);
  for (const auto& response : JsonText::array_at(answer.text_->root(), "responses")) {
    const auto id = number(answer.text_->string_at(response, "id"));
    const auto status = JsonText::int_at(response, "status");
    if (!id || *id >= requests || !status || *status < 100 || *status > 599) continue;
    answer.parts_[*id] = {static_cast<int>(*status), &JsonText::at(response, "body"),
                          &JsonText::at(response, "headers")};
  }
  return answer;
}

HttpResponse BatchAnswer::response(std::size_t index) const {
  const auto& part = parts_[index];
  HttpResponse result;
  result.status = part.status;
  if (part.body && part.body->is_object()) {
    result.body = text_->raw(*part.body);
  }
  if (part.headers && part.headers->is_object()) {
    for (const auto& [name, value] : part.headers->items()) {
      if (value.is_string()) result.headers.emplace_back(name, value.get<std::string>());
    }
  }
  return result;
}

bool is_no_mime(const HttpResponse& answer) {
  const auto type = to_lower_ascii(answer.header("Content-Type").value_or(""));
  return type.starts_with("text/html") || type.starts_with("application/json");
}

bool BatchAnswer::is_no_mime(std::size_t index) const {
  const auto* headers = part(index).headers;
  if (headers == nullptr || !headers->is_object()) return false;
  HttpResponse head;
  for (const auto& [name, value] : headers->items()) head.headers.emplace_back(name, std::string(text_->view(value)));
  return microsoft::is_no_mime(head);
}

ApiRequest batch_request(std::string what, const std::vector<BatchGet>& gets) {
  json requests = json::array();
  for (const auto& get : gets) {
    auto prefer = std::string(kImmutable);
    if (!get.prefer.empty()) prefer.append(", ").append(get.prefer);
    json request{{"id", std::to_string(requests.size())},
                 {"method", get.method},
                 {"url", get.url},
                 {"headers", {{"Prefer", std::move(prefer)}}}};
    if (!get.body.empty()) {
      request["body"] = json::parse(get.body);
      request["headers"]["Content-Type"] = "application/json";
    }
    if (!get.if_match.empty()) request["headers"]["If-Match"] = get.if_match;
    requests.push_back(std::move(request));
  }
  ApiRequest request;
  request.what = std::move(what);
  request.method = "POST";
  request.path = fmt::format("{}/$batch", kRoot);
  request.headers = immutable_ids();
  request.body = json{{"requests", std::move(requests)}}.dump(-1, ' ', false, json::error_handler_t::replace);
  request.content_type = "application/json";
  request.units = gets.size();
  request.max_body = kMaxBatchAnswer;
  return request;
}

Status batch_all(ApiClient& client, const std::string& what, const std::vector<BatchCall>& gets, const Stop& stop,
                 const std::function<void(std::size_t, const BatchAnswer&, std::size_t)>& take, bool seen_through) {
  std::vector<std::size_t> waiting(gets.size());
  for (std::size_t i = 0; i < gets.size(); ++i) waiting[i] = i;
  Retry retry({.is_idempotent = true, .tries = kRounds}, client.deps().clock, client.deps().random);
  for (int round = 1; !waiting.empty(); ++round) {
    struct Failed {
      std::size_t index;
      std::shared_ptr<BatchAnswer> answer;
      std::size_t part;
    };
    std::vector<Failed> again;
    std::optional<Error> trouble;  // with the longest wait that was asked for
    while (!waiting.empty()) {
      const auto group = take_group(waiting, gets);
      auto request = batch_request(what, group.gets);
      request.seen_through = seen_through;
      auto sent = client.send(request, stop);
      if (!sent) return sent.error();
      auto parsed = BatchAnswer::parse(std::move(sent->http.body), group.indices.size());
      if (!parsed) return parsed.error().within(what);
      const auto answer = std::make_shared<BatchAnswer>(*std::move(parsed));

      for (std::size_t i = 0; i < group.indices.size(); ++i) {
        const int status = answer->part(i).status;
        if (status >= 200 && status < 300) {
          take(group.indices[i], *answer, i);
          continue;
        }
        const auto error =
            status == 0 ? Error{Code::no_answer, "the answer lacks a part", ""} : client.error(answer->response(i));
        // A condition that was not met will not be by repeating.
        if (status == 412 || !passes(error)) {
          take(group.indices[i], *answer, i);
          continue;
        }
        if (error.code == Code::token_rejected && round == 1) client.reject(sent->token);
        again.push_back({group.indices[i], answer, i});
        if (!trouble || error.retry_after > trouble->retry_after) trouble = error;
      }
    }
    if (again.empty()) break;
    if (trouble->code == Code::token_rejected) {
      if (round > 1) return trouble->within(what);
    } else {
      const auto patient = retry.next(*trouble, stop);
      const bool is_the_parts_own = seen_through && trouble->code == Code::try_later;
      if (!patient && (!is_the_parts_own || patient.error().code == Code::interrupted)) {
        return patient.error().within(what);
      }
      if (!patient) {
        // One that the server can never answer must not keep it from all others.
        for (const auto& failed : again) take(failed.index, *failed.answer, failed.part);
        return {};
      }
    }
    for (const auto& failed : again) waiting.push_back(failed.index);
  }
  return {};
}

}  // namespace mailmgr::microsoft
