#include "providers/microsoft/microsoft_fetch.h"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "core/base/encoding.h"
#include "providers/content_stream.h"
#include "providers/microsoft/microsoft_wire.h"

namespace mailmgr::microsoft {
namespace {

constexpr int kThreads = 2;
constexpr int kAttempts = 4;
constexpr std::size_t kMaxFetched = std::size_t{256} << 20;  // of a batch or a message; read as a stream
constexpr milliseconds kLongTransfer = std::chrono::minutes(10);

Error no_mime() {
  return {Code::refused, "the server has no MIME of this message", ""};
}

// Graph requests per message.
std::size_t parts_of(Want want) {
  return want == Want::everything ? 2 : 1;
}

}  // namespace

// One batch that was answered: part `n * parts_of(want)` is job n's MIME or marks, the next one its marks.
struct MicrosoftFetch::Round {
  FetchQueue& queue;
  Want want;
  const std::vector<FetchQueue::Job>& jobs;
  const BatchAnswer& answer;  // with numbers in place of MIME
  std::vector<Result<Blob>>& contents;
  std::vector<FetchQueue::Job> throttled = {}, unauthorized = {};
  std::optional<Error> patience = {};  // the longest that was asked for
};

std::string MicrosoftFetch::message(const RemoteId& id) const {
  return fmt::format("{}/messages/{}", user_root(client_.deps().user), percent_encode(id.value));
}

Status MicrosoftFetch::run(std::span<const RemoteId> ids, Want want, const FetchSink& sink, const Stop& stop) {
  auto& deps = client_.deps();
  const auto parts = parts_of(want);
  FetchQueue queue(ids, {.attempts = kAttempts, .units = parts, .parts = parts}, size_, sink, deps, stop);
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

void MicrosoftFetch::batch(FetchQueue& queue, FetchQueue::Batch batch, Want want, const Stop& stop) {
  auto& jobs = batch.jobs;
  std::vector<BatchGet> gets;
  for (const auto& job : jobs) {
    if (want != Want::marks) gets.push_back({message(job.id) + "/$value"});
    if (want != Want::content) gets.push_back({fmt::format("{}?$select={}", message(job.id), kMarksSelect)});
  }
  auto request = batch_request("fetching messages", gets);
  request.passage = std::move(batch.passage);
  request.attempts = 1;  // the queue is patient on behalf of all threads
  request.max_body = kMaxFetched;
  request.deadline = kLongTransfer;
  ContentStream stream("body", 3, ContentStream::Form::base64_or_text);
  request.on_body = [&](std::string_view piece) { return stream.feed(piece); };
  auto sent = [&] {
    const std::lock_guard turn(on_its_way_);
    return client_.send(request, stop);
  }();
  if (!sent) {
    const auto& error = sent.error();
    if (error.code == Code::too_large) return queue.halve(std::move(jobs), error);
    const bool passes = error.code == Code::no_answer || error.code == Code::try_later ||
                        error.code == Code::unreachable || error.code == Code::throttled;
    return passes ? queue.hold_back(std::move(jobs), error) : queue.end(error);
  }
  auto parts = std::move(stream).finish();
  if (!parts && parts.error().code != Code::no_answer) return queue.end(parts.error().within("fetching messages"));
  const auto answer = parts ? BatchAnswer::parse(std::move(parts->rest), gets.size()) : parts.error();
  if (!answer) return queue.hold_back(std::move(jobs), answer.error().within("fetching messages"));

  Round round{queue, want, jobs, *answer, parts->contents};
  for (std::size_t i = 0; i < jobs.size() && !queue.ended(); ++i) take(round, i);
  if (round.throttled.empty() && round.unauthorized.empty()) return queue.went_well();
  if (!round.unauthorized.empty()) {
    client_.reject(sent->token);
    queue.unauthorized(std::move(round.unauthorized));
  }
  if (!round.throttled.empty()) queue.hold_back(std::move(round.throttled), *round.patience);
}

void MicrosoftFetch::take(Round& round, std::size_t index) {
  const auto& job = round.jobs[index];
  const std::size_t first = index * parts_of(round.want);
  for (std::size_t part = first; part < first + parts_of(round.want); ++part) {
    const int status = round.answer.part(part).status;
    if (status == 200) continue;
    return failed(round, job,
                  status == 0 ? Error{Code::no_answer, "the answer lacks this message", ""}
                              : client_.error(round.answer.response(part)));
  }
  Fetched fetched;
  if (round.want != Want::content) {
    const auto* marks = round.answer.part(first + parts_of(round.want) - 1).body;
    if (marks == nullptr || round.answer.text().string_at(*marks, "id").empty()) {
      return round.queue.settle(job, {Code::try_later, "the answer is not about a message", ""});
    }
    fetched = read_marks(round.answer.text(), *marks);
  }
  if (round.want != Want::marks) {
    if (round.answer.is_no_mime(first)) {
      return round.queue.settle(job, {Code::try_later, "the answer is not a message", ""});
    }
    auto content = content_of(round, first);
    if (!content) return round.queue.deliver(job, content.error());
    fetched.raw = *std::move(content);
  }
  round.queue.deliver(job, std::move(fetched));
}

Result<Blob> MicrosoftFetch::content_of(Round& round, std::size_t part) {
  const auto text = round.answer.text().view(*round.answer.part(part).body);
  std::size_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || number >= round.contents.size()) return no_mime();
  auto& content = round.contents[number];
  return content && content->size() == 0 ? no_mime() : std::move(content);
}

void MicrosoftFetch::failed(Round& round, const FetchQueue::Job& job, Error error) {
  if (error.code == Code::throttled) {
    round.throttled.push_back(job);
    if (!round.patience || error.retry_after > round.patience->retry_after) round.patience = std::move(error);
  } else if (error.code == Code::token_rejected) {
    round.unauthorized.push_back(job);
  } else {
    round.queue.settle(job, error);
  }
}

// Nothing in a message tells that its end is missing, so the answer has to say how long it is (RFC 9112 §6.3).
bool MicrosoftFetch::is_whole(const HttpResponse& answer, std::uint64_t received) {
  if (answer.header("Transfer-Encoding")) return true;  // the HTTP client has seen the last chunk
  const auto length = answer.header("Content-Length");
  return length && (answer.header("Content-Encoding") || *length == std::to_string(received));
}

void MicrosoftFetch::alone(FetchQueue& queue, FetchQueue::Batch one, Want want, const Stop& stop) {
  const auto& job = one.jobs.front();
  Fetched fetched;
  if (want != Want::content) {
    auto marks = client_.ask({.what = "fetching a message's marks",
                              .path = std::string(kRoot) + message(job.id),
                              .query = fmt::format("$select={}", kMarksSelect),
                              .headers = immutable_ids(),
                              .passage = std::move(one.passage)},
                             static_cast<Result<Fetched> (*)(std::string_view)>(read_marks), stop);
    if (!marks) return queue.settle(job, marks.error());
    fetched = *std::move(marks);
  }
  if (want != Want::marks) {
    BlobWriter blob;
    Status written;
    const auto sent = client_.send({.what = "fetching a message",
                                    .path = std::string(kRoot) + message(job.id) + "/$value",
                                    .headers = immutable_ids(),
                                    .attempts = 1,
                                    .passage = std::move(one.passage),
                                    .max_body = kMaxFetched,
                                    .deadline = kLongTransfer,
                                    .on_body =
                                        [&](std::string_view piece) {
                                          written = blob.append(piece);
                                          return written.has_value();
                                        }},
                                   stop);
    if (!written) return queue.end(written.error());
    if (!sent) return queue.settle(job, sent.error());
    if (is_no_mime(sent->http)) {
      return queue.settle(job, {Code::try_later, "the answer is not a message", ""});
    }
    auto raw = std::move(blob).finish();
    if (!raw) return queue.end(raw.error());
    if (raw->size() == 0) return queue.deliver(job, no_mime());
    if (!is_whole(sent->http, raw->size())) {
      return queue.settle(job, {Code::no_answer, "the answer does not say where it ends", ""});
    }
    fetched.raw = *std::move(raw);
  }
  queue.deliver(job, std::move(fetched));
}

}  // namespace mailmgr::microsoft
