#include "core/system/quota_record_text.h"

#include <array>
#include <cstring>

#include "core/base/encoding.h"

namespace mailmgr {
namespace {

constexpr std::uint64_t kForm = 0x3151474d4d4d;  // "MMMGQ1", and with it the order of bytes
constexpr std::size_t kChecksum = 8;
constexpr std::size_t kMostEntries = 4096;  // of each list; far above what a window holds

class Writer {
 public:
  void number(std::uint64_t value) {
    std::array<char, sizeof value> bytes{};
    std::memcpy(bytes.data(), &value, sizeof value);
    out_.append(bytes.data(), bytes.size());
  }
  void time(Time value) { number(static_cast<std::uint64_t>(value.time_since_epoch().count())); }
  std::string finish() && { return out_ + sha256(out_).substr(0, kChecksum); }

 private:
  std::string out_;
};

// Reads zeros past the end.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  std::uint64_t number() {
    std::uint64_t value = 0;
    if (rest_.size() < sizeof value) return 0;
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_.remove_prefix(sizeof value);
    return value;
  }
  Time time() { return Time(milliseconds(static_cast<std::int64_t>(number()))); }
  std::size_t count() { return std::min<std::uint64_t>(number(), kMostEntries); }

 private:
  std::string_view rest_;
};

}  // namespace

std::string write_quota_record(const QuotaRecord& record) {
  Writer out;
  out.number(kForm);
  out.number(record.next_id);
  out.time(record.blocked_until);
  out.number(record.spent.size());
  for (const auto& spent : record.spent) {
    out.time(spent.when);
    out.number(spent.units);
    out.number(spent.upload);
  }
  out.number(record.open.size());
  for (const auto& open : record.open) {
    out.number(open.id);
    out.time(open.since);
    out.number(open.units);
    out.number(open.upload);
    out.number(open.at_once);
    out.number(open.owner);
  }
  return std::move(out).finish();
}

QuotaRecord read_quota_record(std::string_view bytes) {
  if (bytes.size() < kChecksum) return {};
  const auto content = bytes.substr(0, bytes.size() - kChecksum);
  if (sha256(content).substr(0, kChecksum) != bytes.substr(content.size())) return {};
  Reader in(content);
  if (in.number() != kForm) return {};
  QuotaRecord record;
  record.next_id = in.number();
  record.blocked_until = in.time();
  record.spent.resize(in.count());
  for (auto& spent : record.spent) {
    spent.when = in.time();
    spent.units = in.number();
    spent.upload = in.number();
  }
  record.open.resize(in.count());
  for (auto& open : record.open) {
    open.id = in.number();
    open.since = in.time();
    open.units = in.number();
    open.upload = in.number();
    open.at_once = in.number();
    open.owner = in.number();
  }
  return record;
}

}  // namespace mailmgr
