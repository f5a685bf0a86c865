#include "tests/support/fakes.h"

#include <algorithm>

namespace mailmgr {

FakeClock::FakeClock(std::string_view now) : now_(from_rfc3339(now).value()) {}

Time FakeClock::now() {
  const std::lock_guard lock(mutex_);
  return now_;
}

Monotonic FakeClock::monotonic() {
  const std::lock_guard lock(mutex_);
  return monotonic_;
}

bool FakeClock::sleep_for(milliseconds duration, const Stop& stop) {
  if (stop.interrupted()) return false;
  if (before_sleep) before_sleep();
  const std::lock_guard lock(mutex_);
  bool is_whole = true;
  if (stop.deadline() && *stop.deadline() < monotonic_ + duration) {
    duration = std::max(milliseconds{0}, std::chrono::ceil<milliseconds>(*stop.deadline() - monotonic_));
    is_whole = false;
  }
  now_ += duration;
  monotonic_ += duration;
  slept_ += duration;
  return is_whole;
}

void FakeClock::advance(milliseconds duration) {
  const std::lock_guard lock(mutex_);
  now_ += duration;
  monotonic_ += duration;
}

void FakeClock::set_wall_clock(std::string_view now) {
  const std::lock_guard lock(mutex_);
  now_ = from_rfc3339(now).value();
}

milliseconds FakeClock::slept() {
  const std::lock_guard lock(mutex_);
  return slept_;
}

std::string SeededRandom::bytes(std::size_t count) {
  const std::lock_guard lock(mutex_);
  std::string bytes(count, '\0');
  for (char& c : bytes) c = static_cast<char>(engine_());
  return bytes;
}

void ScriptedHttp::answer(int status, std::string body, HttpHeaders headers) {
  answer_with([response = HttpResponse{status, std::move(headers), std::move(body)}](const HttpRequest&) {
    return Result<HttpResponse>(response);
  });
}

void ScriptedHttp::fail(Code code, std::string message) {
  answer_with(
      [error = Error{code, std::move(message), ""}](const HttpRequest&) { return Result<HttpResponse>(error); });
}

void ScriptedHttp::answer_with(Answer answer) {
  const std::lock_guard lock(mutex_);
  queue_.push_back(std::move(answer));
}

void ScriptedHttp::always(Answer answer) {
  const std::lock_guard lock(mutex_);
  always_ = std::move(answer);
}

Result<HttpResponse> ScriptedHttp::send(const HttpRequest& request, const Stop& stop) {
  if (stop.interrupted()) return Stop::error();
  Answer answer;
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    requests_.back().on_body = nullptr;
    answer = always_;
    if (!queue_.empty()) {
      answer = std::move(queue_.front());
      queue_.pop_front();
    }
  }
  if (!answer)
    return Error{Code::internal, "no answer was scripted for " + request.method + ' ' + request.url.str(), ""};
  auto result = answer(request);
  if (!result) return result;
  if (result->body.size() > request.max_body) return Error{Code::too_large, "the scripted answer is too large", ""};
  if (request.on_body && result->status >= 200 && result->status < 300) {
    request.on_body(result->body);
    result->body.clear();
  }
  return result;
}

std::vector<HttpRequest> ScriptedHttp::requests() {
  const std::lock_guard lock(mutex_);
  return requests_;
}

HttpRequest ScriptedHttp::last() {
  const std::lock_guard lock(mutex_);
  return requests_.empty() ? HttpRequest{} : requests_.back();
}

std::size_t ScriptedHttp::unused() {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

class MemoryLeases::Held final : public Lease {
 public:
  Held(MemoryLeases& owner, std::string name) : owner_(owner), name_(std::move(name)) {}
  ~Held() override {
    {
      const std::lock_guard lock(owner_.mutex_);
      owner_.held_.erase(name_);
    }
    owner_.released_.notify_all();
  }

 private:
  MemoryLeases& owner_;
  std::string name_;
};

Result<std::unique_ptr<Lease>> MemoryLeases::take(std::string_view name, milliseconds patience, const Stop& stop) {
  if (stop.interrupted()) return Stop::error();
  std::unique_lock lock(mutex_);
  const bool is_free =
      released_.wait_for(lock, waits ? patience : milliseconds(0), [&] { return !held_.contains(name); });
  if (!is_free) return Error{Code::busy, "another run holds " + std::string(name), ""};
  held_.insert(std::string(name));
  history_.emplace_back(name);
  return std::unique_ptr<Lease>(std::make_unique<Held>(*this, std::string(name)));
}

bool MemoryLeases::is_held(std::string_view name) {
  const std::lock_guard lock(mutex_);
  return held_.contains(name);
}

std::vector<std::string> MemoryLeases::history() {
  const std::lock_guard lock(mutex_);
  return history_;
}

Status MemoryQuotaLedger::update(std::string_view key, const std::function<void(QuotaRecord&)>& change) {
  const std::lock_guard lock(mutex_);
  change(records_[std::string(key)]);
  return {};
}

QuotaRecord MemoryQuotaLedger::record(std::string_view key) {
  const std::lock_guard lock(mutex_);
  return records_[std::string(key)];
}

Status RecordingBrowser::open(const Url& url) {
  {
    const std::lock_guard lock(mutex_);
    opened_.push_back(url);
  }
  if (fails) return Error{Code::config, "opening a browser: there is no display", ""};
  if (on_open) on_open(url);
  return {};
}

std::vector<Url> RecordingBrowser::opened() {
  const std::lock_guard lock(mutex_);
  return opened_;
}

}  // namespace mailmgr
