#include "cmd/output/prometheus.h"

#include <fmt/format.h>

#include <array>
#include <optional>

namespace mailmgr::output {
namespace {

using Row = std::pair<AccountRecord, AccountStatus>;

struct Metric {
  std::string_view name, help;
  std::optional<double> (*value)(const AccountStatus& status);  // nullopt: nothing is known
};

double seconds(Time time) {
  return static_cast<double>(to_unix_millis(time)) / 1000;
}

std::optional<double> number(std::uint64_t value) {
  return static_cast<double>(value);
}

constexpr std::array<Metric, 11> kMetrics{{
    {"last_success_timestamp_seconds", "When the last sync without an error ended.",
     [](const AccountStatus& s) { return s.last_ok ? std::optional(seconds(*s.last_ok)) : std::nullopt; }},
    {"lag_seconds", "Time since the last sync without an error, or since the account was connected.",
     [](const AccountStatus& s) { return std::optional(static_cast<double>(s.lag.count()) / 1000); }},
    {"messages", "Messages stored.", [](const AccountStatus& s) { return number(s.counts.messages); }},
    {"unread", "Unread messages outside of spam and trash.", [](const AccountStatus& s) { return number(s.unread); }},
    {"remaining", "Messages still to be fetched.", [](const AccountStatus& s) { return number(s.counts.remaining); }},
    {"failed", "Messages of these that failed at least once.",
     [](const AccountStatus& s) { return number(s.counts.failed); }},
    {"complete", "Whether the store is known to equal the mailbox.",
     [](const AccountStatus& s) { return number(s.complete ? 1 : 0); }},
    {"outbox_queued", "Messages waiting to be sent.", [](const AccountStatus& s) { return number(s.outbox_queued); }},
    {"outbox_failed", "Messages that could not be sent.",
     [](const AccountStatus& s) { return number(s.outbox_failed); }},
    {"outbox_unknown", "Messages that may or may not have left.",
     [](const AccountStatus& s) { return number(s.outbox_unknown); }},
    {"auth_expires_timestamp_seconds", "When the login ends, where that is known.",
     [](const AccountStatus& s) { return s.login.expires ? std::optional(seconds(*s.login.expires)) : std::nullopt; }},
}};

constexpr std::array kHealths{Health::ok,     Health::lagging, Health::auth_required,
                              Health::paused, Health::gone,    Health::error};

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\' || c == '"') result += '\\';
    if (c == '\n') {
      result += "\\n";
    } else {
      result += c;
    }
  }
  return result;
}

std::string labels(const AccountRecord& account) {
  return fmt::format(R"(account="{}",email="{}",provider="{}")", escaped(account.name), escaped(account.email),
                     escaped(account.provider));
}

void begin(std::string& text, std::string_view name, std::string_view help) {
  text += fmt::format("# HELP mailmgr_{0} {1}\n# TYPE mailmgr_{0} gauge\n", name, help);
}

}  // namespace

std::string metrics(const std::vector<Row>& accounts, Time now) {
  std::string text;
  begin(text, "state", "1 for the state the account is in.");
  for (const auto& [account, status] : accounts) {
    for (const auto health : kHealths) {
      text += fmt::format("mailmgr_state{{{},state=\"{}\"}} {}\n", labels(account), to_string(health),
                          status.health == health ? 1 : 0);
    }
  }
  for (const auto& metric : kMetrics) {
    begin(text, metric.name, metric.help);
    for (const auto& [account, status] : accounts) {
      const auto value = metric.value(status);
      if (value) text += fmt::format("mailmgr_{}{{{}}} {:.15g}\n", metric.name, labels(account), *value);
    }
  }
  begin(text, "written_timestamp_seconds", "When this was written.");
  text += fmt::format("mailmgr_written_timestamp_seconds {:.15g}\n", seconds(now));
  return text;
}

}  // namespace mailmgr::output
