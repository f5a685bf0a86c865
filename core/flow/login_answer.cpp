#include "core/flow/login_answer.h"

#include <fmt/format.h>

#include <thread>

#include "core/oauth/authorization.h"

namespace mailmgr {
namespace {

std::string in_words(milliseconds time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time).count();
  if (seconds % 60 != 0) return fmt::format("{} seconds", seconds);
  return seconds == 60 ? "1 minute" : fmt::format("{} minutes", seconds / 60);
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\"'<>";
  const std::size_t from = text.find_first_not_of(kSpace);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(kSpace) - from + 1);
}

Error no_answer(const LoginWait& wait) {
  return {
      Code::auth_required, fmt::format("no answer from the browser within {}", in_words(wait.timeout)),
      fmt::format("run the same command again, and look at what the browser shows: some errors are shown only there "
                  "({}; man mailmgr-login)",
                  wait.browser_errors)};
}

// Reads pastes until one is our answer.
std::optional<QueryParams> pasted_answer(const LoginWait& wait, const LoginFront& front, const Stop& stop) {
  while (const auto text = front.read_paste(stop)) {
    auto params = read_pasted(*text, wait.redirect_uri, wait.state);
    if (params) return std::move(*params);
    if (front.remark) front.remark(params.error().message);
  }
  return std::nullopt;
}

}  // namespace

Result<QueryParams> wait_for_answer(const LoginWait& wait, const LoginFront& front, Clock& clock, const Stop& outer) {
  // Ends the listener when a paste was right, the paste when the listener was called, and both when the outer stop is.
  std::stop_source ended;
  const std::stop_callback forward(outer.token(), [&] { ended.request_stop(); });
  const Stop stop = Stop(ended.get_token(), outer.deadline()).before(clock.monotonic() + wait.timeout);

  std::optional<QueryParams> pasted;
  std::thread reader;
  if (front.read_paste) {
    reader = std::thread([&] {
      pasted = pasted_answer(wait, front, stop);
      if (pasted || !wait.listener) ended.request_stop();
    });
  }
  std::optional<Result<QueryParams>> called;
  if (wait.listener) {
    called = wait.listener->wait(
        [&](const QueryParams& params) {
          return answers_request(params, wait.state) ? CallbackVerdict::accept : CallbackVerdict::reject;
        },
        stop);
    ended.request_stop();
  }
  if (reader.joinable()) reader.join();  // only now may `pasted` be read

  if (called && called->has_value()) return std::move(*called);
  if (pasted) return std::move(*pasted);
  if (called && called->error().code != Code::interrupted) return called->error();
  if (outer.interrupted()) return Stop::error();
  if (wait.listener || stop.expired(clock)) return no_answer(wait);
  return Error{Code::auth_required, "no redirect URL was pasted", "try again and paste the URL the browser ends at"};
}

Result<QueryParams> read_pasted(std::string_view text, const std::string& redirect_uri, std::string_view state) {
  const std::string_view address = trimmed(text);
  const auto url = Url::parse(address.substr(0, address.find('#')));  // browsers may keep a fragment of their own
  const auto expected = Url::parse(redirect_uri);
  const bool ours = url && expected && url->same_origin(*expected) && url->path == expected->path;
  if (!ours) {
    return Error{Code::usage, fmt::format("that is not the complete URL the browser ended at ({}?…)", redirect_uri),
                 ""};
  }
  auto params = decode_query(url->query);
  if (!params || !answers_request(*params, state)) {
    return Error{Code::usage, "that URL does not belong to this login", ""};
  }
  return params;
}

}  // namespace mailmgr
