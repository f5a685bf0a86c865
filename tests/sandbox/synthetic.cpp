#include "tests/sandbox/synthetic.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <numeric>

#include "core/base/encoding.h"
#include "tests/sandbox/dice.h"
#include "tests/sandbox/synthetic_plan.h"
#include "tests/sandbox/vocabulary.h"

namespace mailmgr::sandbox {
namespace {

// Threads live within blocks of this many consecutive messages and are interleaved there.
constexpr std::size_t kBlock = 64;
constexpr std::uint64_t kLargeEvery = 2000;
constexpr std::chrono::hours kSpan{5 * 365 * 24};
constexpr std::int64_t kDefaultNewest = 1793534400;  // 2026-11-01T12:00:00Z

enum Purpose : std::uint64_t { kBlockPlan = 1, kThread, kMessage, kDate, kLargePlace };

std::size_t thread_length(Dice& dice) {
  const auto roll = dice.below(100);
  if (roll < 50) return 1;
  if (roll < 68) return 2;
  std::size_t length = 3;
  while (length < 12 && dice.percent(70)) ++length;
  return length;
}

// For each slot of a block: which thread it belongs to. Slots of a thread are in the order of its messages.
std::array<std::uint8_t, kBlock> block_threads(std::uint64_t seed, std::uint64_t block) {
  Dice dice(seed, kBlockPlan, block);
  std::array<std::uint8_t, kBlock> threads{};
  std::size_t filled = 0;
  for (std::uint8_t thread = 0; filled < kBlock; ++thread) {
    auto length = thread_length(dice);
    while (length-- > 0 && filled < kBlock) threads[filled++] = thread;
  }
  // A local shuffle: answers follow within some messages rather than months.
  for (std::size_t i = kBlock - 1; i > 0; --i) std::swap(threads[i], threads[i - std::min(i, dice.below(16))]);
  return threads;
}

std::string folder_of_thread(MailKind kind, Dice& dice) {
  const auto roll = dice.below(100);
  if (kind == MailKind::spam) return "spam";
  if (roll < 2) return "trash";
  switch (kind) {
    case MailKind::newsletter:
      return roll < 55 ? "inbox" : roll < 80 ? "archive" : "Newsletters";
    case MailKind::mailing_list:
      return roll < 25 ? "inbox" : roll < 70 ? "Lists/dev" : "Lists/announce";
    default:
      break;
  }
  if (roll < 48) return "inbox";
  if (roll < 80) return "archive";
  if (roll < 87) return "Work";
  if (roll < 92) return "Work/2026";
  return roll < 96 ? "Family" : "Receipts";
}

}  // namespace

SyntheticPlan::SyntheticPlan(const SyntheticOptions& options)
    : seed_(mix(options.seed) ^ hash_text(to_lower_ascii(options.email))),
      count_(options.count),
      email_(options.email),
      newest_(options.newest.value_or(from_unix_seconds(kDefaultNewest))) {}

Time SyntheticPlan::date(std::uint64_t index) const {
  const std::int64_t step =
      std::chrono::seconds(kSpan).count() / static_cast<std::int64_t>(std::max<std::uint64_t>(count_, 1));
  const auto back = step * static_cast<std::int64_t>(count_ - 1 - index);
  const auto jitter =
      step > 1 ? static_cast<std::int64_t>(Dice(seed_, kDate, index).below(static_cast<std::size_t>(step))) : 0;
  return newest_ - std::chrono::seconds(back + (index + 1 == count_ ? 0 : jitter));
}

std::string SyntheticPlan::message_id(std::uint64_t index) const {
  constexpr std::array<std::string_view, 4> kHosts = {"mail.example.com", "lists.example.org", "mx.example.net",
                                                      "smtp.example.edu"};
  const auto value = mix(seed_ ^ mix(index));
  return fmt::format("<{:016x}.{}@{}>", value, index, kHosts[value % kHosts.size()]);
}

Sketch SyntheticPlan::sketch(std::uint64_t index) const {
  Sketch sketch;
  const auto block = index / kBlock;
  const auto threads = block_threads(seed_, block);
  const auto slot = index % kBlock;
  for (std::size_t before = 0; before < slot; ++before)
    if (threads[before] == threads[slot]) sketch.earlier.push_back(block * kBlock + before);
  sketch.thread = block * kBlock + threads[slot];
  sketch.date = date(index);

  const auto length = std::count(threads.begin(), threads.end(), threads[slot]);
  Dice of_thread(seed_, kThread, sketch.thread);
  const auto roll = of_thread.below(100);
  if (length == 1) {
    sketch.kind = roll < 38   ? MailKind::newsletter
                  : roll < 42 ? MailKind::spam
                  : roll < 55 ? MailKind::mailing_list
                              : MailKind::conversation;
  } else {
    sketch.kind = roll < 35 ? MailKind::mailing_list : MailKind::conversation;
  }
  sketch.folder = folder_of_thread(sketch.kind, of_thread);
  constexpr std::array<std::string_view, 4> kLabels = {"Important clients", "Travel", "Follow up", "Invoices 2026"};
  for (const auto label : kLabels)
    if (of_thread.percent(4)) sketch.labels.emplace_back(label);

  Dice of_message(seed_, kMessage, index);
  const bool personal = sketch.kind == MailKind::conversation || sketch.kind == MailKind::mailing_list;
  sketch.mine = personal && of_message.percent(sketch.earlier.empty() ? 12 : 30);
  sketch.draft = sketch.mine && of_message.percent(2);
  if (sketch.mine && sketch.folder != "trash") sketch.folder = sketch.draft ? "drafts" : "sent";
  const bool recent = count_ - index <= count_ / 20 + 1;
  sketch.unread = !sketch.mine && of_message.percent(recent ? 40 : 4);
  sketch.starred = of_message.percent(3);
  // Late in each run of 2,000, so that a small mailbox has none.
  const auto place = kLargeEvery - 1 - Dice(seed_, kLargePlace, index / kLargeEvery).below(50);
  sketch.large = index % kLargeEvery == place;
  return sketch;
}

std::vector<SourceMessage> synthetic_mail(const SyntheticOptions& options) {
  const auto plan = std::make_shared<const SyntheticPlan>(options);
  const auto vocabulary = std::make_shared<const Vocabulary>();
  std::vector<SourceMessage> messages(options.count);
  for (std::uint64_t index = 0; index < options.count; ++index) {
    auto sketch = plan->sketch(index);
    auto& message = messages[index];
    message.raw = [plan, vocabulary, index] { return synthetic_message(*plan, *vocabulary, index); };
    message.received = sketch.date;
    message.message_id = plan->message_id(index);
    message.thread_key = sketch.earlier.empty() ? message.message_id : plan->message_id(sketch.earlier.front());
    message.folder = std::move(sketch.folder);
    message.unread = sketch.unread;
    message.starred = sketch.starred;
    message.labels = std::move(sketch.labels);
  }
  return messages;
}

}  // namespace mailmgr::sandbox
