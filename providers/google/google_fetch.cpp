#include "providers/google/google_fetch.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/encoding.h"
#include "providers/content_stream.h"
#include "providers/google/google_quota.h"
#include "providers/google/google_wire.h"

namespace mailmgr::google {
namespace {

constexpr int kAttempts = 4;
constexpr int kThreads = 2;
constexpr std::size_t kMaxAnswer = std::size_t{128} << 20;  // of a batch or a message; read as a stream
constexpr milliseconds kLongTransfer = std::chrono::minutes(10);

std::string target(std::string_view user, const RemoteId& id, Want want) {
  return fmt::format("{}/messages/{}?{}", user_path(user), percent_encode(id.value),
                     want == Want::marks ? "format=minimal&fields=id,threadId,labelIds,internalDate&prettyPrint=false"
                                         : "format=raw&fields=id,threadId,labelIds,internalDate,raw&prettyPrint=false");
}

ContentStream message_stream() {
  return ContentStream("raw", 1);
}

// A message's answer, at the end of its stream.
Result<MessageReply> read_message(ContentStream stream) {
  auto parts = std::move(stream).finish();
  if (!parts) return std::move(parts).error();
  auto message = google::read_message(parts->rest);
  if (!message || parts->contents.empty()) return message;
  auto& content = parts->contents.front();
  if (!content) return std::move(content).error();
  if (content->size() > 0) message->fetched.raw = *std::move(content);
  return message;
}

Result<Fetched> fetched(Result<MessageReply> reply, const RemoteId& id, Want want) {
  if (!reply) return std::move(reply).error();
  if (reply->id != id) return Error{Code::try_later, "the answer is about another message", ""};
  if (reply->is_chat) return Error{Code::gone, "a chat, which is no mail", ""};
  if (want != Want::marks && !reply->fetched.raw) {
    return Error{Code::refused, "the answer has no bytes of the message", ""};
  }
  return std::move(reply->fetched);
}

}  // namespace

std::string user_path(std::string_view user) {
  return "/gmail/v1/users/" + percent_encode(user);
}

// One batch on its way: what became of its jobs.
struct GoogleFetch::Round {
  FetchQueue& queue;
  Want want;
  std::vector<FetchQueue::Job> jobs;
  std::vector<bool> answered = std::vector<bool>(jobs.size());
  std::vector<FetchQueue::Job> throttled = {};
  std::optional<Error> patience = {};  // the longest that was asked for
  std::vector<FetchQueue::Job> unauthorized = {};
  ContentStream stream = message_stream();  // of the part that is arriving

  std::vector<FetchQueue::Job> unanswered() const {
    std::vector<FetchQueue::Job> rest;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      if (!answered[i]) rest.push_back(jobs[i]);
    }
    return rest;
  }
};

Status GoogleFetch::run(std::span<const RemoteId> ids, Want want, const FetchSink& sink, const Stop& stop) {
  auto& deps = client_.deps();
  FetchQueue queue(ids, {.attempts = kAttempts, .units = units_of(deps.quota).message}, size_, sink, deps, stop);
  return queue.run(kThreads, [&] {
    for (auto next = queue.take(); !next.jobs.empty(); next = queue.take()) {
      if (next.jobs.size() == 1) {
        alone(queue, std::move(next), want, stop);
      } else {
        batch(queue, std::move(next), want, stop);
      }
    }
  });
}

void GoogleFetch::batch(FetchQueue& queue, FetchQueue::Batch batch, Want want, const Stop& stop) {
  Round round{queue, want, std::move(batch.jobs)};
  std::vector<std::string> targets;
  for (const auto& job : round.jobs) targets.push_back(target(client_.deps().user, job.id, want));
  auto body = write_batch(targets);

  BatchReader reader(
      round.jobs.size(),
      [&](BatchPart part) {
        take_part(round, std::move(part));
        return !queue.ended();
      },
      [&](std::size_t, std::string_view piece) { round.stream.feed(piece); });
  ApiRequest request{.what = "fetching messages",
                     .method = "POST",
                     .path = std::string(kBatchPath),
                     .body = std::move(body.body),
                     .content_type = std::move(body.content_type),
                     .attempts = 1,  // what arrived of a broken answer counts; only the rest is asked for again
                     .units = round.jobs.size() * units_of(client_.deps().quota).message,
                     .passage = std::move(batch.passage),
                     .max_body = kMaxAnswer,
                     .deadline = kLongTransfer,
                     .on_body = [&](std::string_view piece) { return reader.feed(piece); }};
  const auto answer = client_.send(request, stop);

  settle(round, answer);
}

void GoogleFetch::take_part(Round& round, BatchPart part) {
  auto stream = std::exchange(round.stream, message_stream());
  if (round.answered[part.index]) return;
  round.answered[part.index] = true;
  auto& job = round.jobs[part.index];
  if (part.http.status == 200) {
    return take_message(round.queue, job, fetched(read_message(std::move(stream)), job.id, round.want));
  }
  auto error = client_.error(part.http);
  switch (error.code) {
    case Code::throttled:
      round.throttled.push_back(job);
      if (!round.patience || error.retry_after > round.patience->retry_after) round.patience = std::move(error);
      return;
    case Code::token_rejected:
      round.unauthorized.push_back(job);
      return;
    case Code::auth_required:
      return round.queue.end(error.within("fetching messages"));
    case Code::try_later:
      return round.queue.fail(job, error);
    default:
      return round.queue.deliver(job, std::move(error));
  }
}

// After the answer: what throttled, rejected and missing parts mean.
void GoogleFetch::settle(Round& round, const Result<ApiAnswer>& answer) {
  auto& queue = round.queue;
  auto missing = round.unanswered();
  if (missing.empty() && round.throttled.empty() && round.unauthorized.empty()) return queue.went_well();
  if (!round.unauthorized.empty()) {
    if (answer) client_.reject(answer->token);
    queue.unauthorized(std::move(round.unauthorized));
  }
  if (!round.throttled.empty()) queue.hold_back(std::move(round.throttled), *round.patience);
  if (missing.empty() || queue.ended()) return;

  const Error cut_short{Code::no_answer, "fetching messages: the answer was cut short", "run the same command again"};
  const auto& error = answer ? cut_short : answer.error();
  if (error.code == Code::too_large) return queue.halve(std::move(missing), error);
  const bool passes = error.code == Code::no_answer || error.code == Code::try_later ||
                      error.code == Code::unreachable || error.code == Code::throttled;
  if (!passes) return queue.end(error);
  queue.hold_back(std::move(missing), error);
}

// What one message's answer comes to; what was cut short is asked for again.
void GoogleFetch::take_message(FetchQueue& queue, const FetchQueue::Job& job, Result<Fetched> message) {
  if (message) return queue.deliver(job, std::move(message));
  queue.settle(job, message.error());
}

void GoogleFetch::alone(FetchQueue& queue, FetchQueue::Batch one, Want want, const Stop& stop) {
  const auto& job = one.jobs.front();
  auto stream = message_stream();
  const auto whole = target(client_.deps().user, job.id, want);
  const auto question = whole.find('?');
  const auto answer = client_.send({.what = "fetching a message",
                                    .path = whole.substr(0, question),
                                    .query = whole.substr(question + 1),
                                    .attempts = 1,
                                    .units = units_of(client_.deps().quota).message,
                                    .passage = std::move(one.passage),
                                    .max_body = kMaxAnswer,
                                    .deadline = kLongTransfer,
                                    .on_body = [&](std::string_view piece) { return stream.feed(piece); }},
                                   stop);
  if (!answer) return queue.settle(job, answer.error());
  take_message(queue, job, fetched(read_message(std::move(stream)), job.id, want));
}

}  // namespace mailmgr::google
