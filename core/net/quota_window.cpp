#include "core/net/quota_window.h"

#include <algorithm>

namespace mailmgr {
namespace {

constexpr int kGrains = 256;             // a window is told in so many steps, which bounds the record
constexpr std::uint64_t kFewest = 10;    // a batch goes divided when a tenth of it fits
constexpr milliseconds kOnTheirWay{50};  // until those on their way are looked at again
constexpr milliseconds kLastMoment = std::chrono::minutes(1);  // after its start, a request has been counted

milliseconds grain(const QuotaTable& table) {
  return std::max(table.window / kGrains, milliseconds(1));
}

// The end of the grain that `now` lies in: a date is never too early.
Time dated(const QuotaTable& table, Time now) {
  const auto width = grain(table);
  return Time(((now.time_since_epoch() + width - milliseconds(1)) / width) * width);
}

void spend(QuotaRecord& record, const QuotaTable& table, const QuotaRecord::Open& open, Time when) {
  when = dated(table, when);
  auto& spent = record.spent;
  const auto at = std::find_if(spent.begin(), spent.end(), [&](const auto& entry) { return entry.when >= when; });
  if (at == spent.end() || at->when != when) {
    spent.insert(at, {when, open.units, open.upload});
  } else {
    at->units += open.units;
    at->upload += open.upload;
  }
}

// What one limit says to another `need`: how long to wait for it to fit.
class Limit {
 public:
  Limit(std::uint64_t limit, milliseconds window, Time now) : limit_(limit), window_(window), now_(now) {}

  void count(Time when, std::uint64_t amount) {
    if (amount == 0 || when + window_ <= now_) return;
    dated_.emplace_back(when, amount);
    used_ += amount;
  }
  void count_open(std::uint64_t amount) { used_ += amount; }

  std::uint64_t free() const { return limit_ > used_ ? limit_ - used_ : 0; }
  bool fits(std::uint64_t need) const { return need <= free() || used_ == 0; }
  milliseconds wait(std::uint64_t need) const {
    if (fits(need)) return milliseconds(0);
    std::uint64_t used = used_;
    for (const auto& [when, amount] : dated_) {
      used -= amount;
      if (used + need <= limit_ || used == 0) return when + window_ - now_;
    }
    return kOnTheirWay;
  }

 private:
  std::uint64_t limit_;
  milliseconds window_;
  Time now_;
  std::vector<std::pair<Time, std::uint64_t>> dated_;  // oldest first
  std::uint64_t used_ = 0;
};

}  // namespace

Admission admit(const QuotaRecord& record, const QuotaTable& table, std::uint64_t units, const Charge& charge,
                Time now) {
  Limit requests(units, table.window, now);
  Limit upload(table.upload, table.upload_window, now);
  std::uint64_t at_once = 0;
  for (const auto& spent : record.spent) {
    requests.count(spent.when, spent.units);
    upload.count(spent.when, spent.upload);
  }
  for (const auto& open : record.open) {
    requests.count_open(open.units);
    upload.count_open(open.upload);
    at_once += open.at_once;
  }

  milliseconds wait = std::max(milliseconds(0), record.blocked_until - now);
  if (table.at_once > 0 && at_once + std::min(charge.units, table.at_once) > table.at_once) {
    wait = std::max(wait, kOnTheirWay);
  }
  if (table.upload > 0 && charge.upload > 0) wait = std::max(wait, upload.wait(charge.upload));

  const std::uint64_t parts = std::max<std::uint64_t>(1, charge.parts);
  const std::uint64_t each = charge.units / parts;
  const std::uint64_t most = each == 0 ? parts : std::max<std::uint64_t>(1, units / each);  // that ever fit
  const std::uint64_t least = std::min((parts + kFewest - 1) / kFewest, most);
  wait = std::max(wait, requests.wait(parts == 1 ? charge.units : least * each));
  if (wait > milliseconds(0)) return {0, wait};
  return {each == 0 ? parts : std::clamp(requests.free() / each, least, parts), wait};
}

void tidy(QuotaRecord& record, const QuotaTable& table, Time now) {
  const auto longest = std::max(table.window, table.upload_window);
  std::erase_if(record.spent, [&](const auto& spent) { return spent.when + longest <= now; });
  // Dates ahead of the clock: somebody has set it back.
  const Time latest = dated(table, now);
  for (auto& spent : record.spent) spent.when = std::min(spent.when, latest);
  if (record.blocked_until > now + std::chrono::hours(24)) record.blocked_until = {};
  for (const auto& open : record.open) {
    if (open.abandoned) spend(record, table, open, std::min(now, open.since + kLastMoment));
  }
  std::erase_if(record.open, [](const auto& open) { return open.abandoned; });
}

void settle(QuotaRecord& record, const QuotaTable& table, std::uint64_t id, Time now) {
  const auto found =
      std::find_if(record.open.begin(), record.open.end(), [&](const auto& open) { return open.id == id; });
  if (found == record.open.end()) return;
  spend(record, table, *found, now);
  record.open.erase(found);
}

}  // namespace mailmgr
