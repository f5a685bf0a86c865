// Writes one made-up message from its sketch: header fields as servers and mail programs leave them, then the body.
#include <fmt/format.h>

#include <array>
#include <chrono>

#include "tests/sandbox/dice.h"
#include "tests/sandbox/synthetic_parts.h"
#include "tests/sandbox/synthetic_plan.h"
#include "tests/sandbox/vocabulary.h"

namespace mailmgr::sandbox {
namespace {

enum Purpose : std::uint64_t { kThreadText = 101, kMessageText };

constexpr std::array<std::string_view, 24> kNames = {
    "Alice Martin", "Bob Schneider", "Carol Jensen", "David Kim",        "Emma Rossi",   "Frank Weber",
    "Grace Hall",   "Henry Dubois",  "Ines Silva",   "Jack Murphy",      "Karin Berg",   "Liam Walsh",
    "Maria Lopez",  "Noah Fischer",  "Olivia Brown", "Paul Novak",       "Quinn Taylor", "Rosa Conti",
    "Sam Peters",   "Tina Larsen",   "Uma Patel",    "Victor Hugo Lima", "Wendy Clark",  "Yusuf Demir"};
constexpr std::array<std::string_view, 4> kSenders = {"Example Store", "Weekly Digest", "Cloud Billing",
                                                      "City Library"};

// "Mon, 23 Nov 2026 10:00:00 +0000"
void append_date(std::string& out, Time time) {
  constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  fmt::format_to(std::back_inserter(out), "{}, {} {} {} {:02}:{:02}:{:02} +0000",
                 kDays[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                 kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()), clock.hours().count(),
                 clock.minutes().count(), clock.seconds().count());
}

// An address made from a name: "Alice Martin" <alice.martin@example.com>.
std::string mailbox_of(std::string_view name, std::string_view host) {
  std::string local;
  for (const char c : name) local += c == ' ' ? '.' : static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return fmt::format("{} <{}@{}>", name, local, host);
}

// What all messages of a thread share.
struct ThreadText {
  std::string subject;
  const Language* language = nullptr;  // null: English
  std::array<std::string, 3> people;
  std::string list;  // of a mailing list
};

ThreadText thread_text(const SyntheticPlan& plan, const Vocabulary& words, const Sketch& sketch) {
  Dice dice(plan.seed(), kThreadText, sketch.thread);
  ThreadText text;
  for (auto& person : text.people)
    person = mailbox_of(dice.pick(kNames), dice.percent(50) ? "example.com" : "corp.example.net");
  if (sketch.kind == MailKind::conversation && dice.percent(24)) {
    text.language = &dice.pick(words.languages());
    text.subject = dice.pick(text.language->subjects);
    text.people[0] = fmt::format("{} <contact{}@example.org>", dice.pick(text.language->names), dice.below(90));
    return text;
  }
  text.subject = words.phrase(dice, dice.between(2, 7));
  if (sketch.kind == MailKind::mailing_list) {
    text.list = dice.percent(60) ? "dev" : "announce";
    text.subject = "[" + text.list + "] " + text.subject;
  } else if (sketch.kind == MailKind::newsletter) {
    const auto sender = dice.pick(kSenders);
    text.people[0] = mailbox_of(sender, "news.example.com");
    text.subject += fmt::format(" #{}", dice.between(1000, 999999));
  }
  return text;
}

void append_received(std::string& out, Dice& dice, const std::string& email, Time time) {
  for (int hop = 0; hop < 2; ++hop) {
    fmt::format_to(
        std::back_inserter(out),
        "Received: from relay{}.example.net (relay{}.example.net [192.0.2.{}])\r\n\tby mx{}.example.com with "
        "ESMTPS id {:012x}\r\n\tfor <{}>; ",
        dice.below(90), dice.below(90), dice.below(254) + 1, hop + 1, dice.next() & 0xFFFFFFFFFFFF, email);
    append_date(out, time - std::chrono::seconds(hop * 2));
    out += "\r\n";
  }
  out +=
      "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=mail;\r\n\th=from:to:subject:date;\r\n";
  fmt::format_to(std::back_inserter(out), "\tb={:016x}{:016x}{:016x}{:016x}\r\n", dice.next(), dice.next(), dice.next(),
                 dice.next());
}

void append_headers(std::string& out, const SyntheticPlan& plan, const Sketch& sketch, const ThreadText& text,
                    Dice& dice, std::uint64_t index) {
  if (!sketch.mine) append_received(out, dice, plan.email(), sketch.date);
  const auto& other = text.people[sketch.earlier.size() % (text.people.size() - 1) == 0 || text.language ? 0 : 1];
  const auto to = !text.list.empty() ? text.list + "@lists.example.org" : sketch.mine ? other : plan.email();
  out += "Date: ";
  append_date(out, sketch.date);
  out += "\r\nFrom: " + (sketch.mine ? plan.email() : other) + "\r\nTo: " + to + "\r\n";
  if (sketch.kind == MailKind::conversation && dice.percent(20)) out += "Cc: " + text.people[2] + "\r\n";
  out += "Subject: " + std::string(sketch.earlier.empty() ? "" : "Re: ") + text.subject +
         "\r\nMessage-ID: " + plan.message_id(index) + "\r\n";
  if (!sketch.earlier.empty()) {
    out += "In-Reply-To: " + plan.message_id(sketch.earlier.back()) + "\r\nReferences:";
    for (const auto before : sketch.earlier) out += " " + plan.message_id(before) + "\r\n";
  }
  if (!text.list.empty()) out += "List-Id: <" + text.list + ".lists.example.org>\r\nPrecedence: list\r\n";
  if (sketch.kind == MailKind::newsletter)
    out += "List-Unsubscribe: <https://news.example.com/unsubscribe>\r\nPrecedence: bulk\r\n";
  out += "MIME-Version: 1.0\r\n";
}

void append_text(std::string& out, const Vocabulary& words, const Sketch& sketch, const ThreadText& text, Dice& dice) {
  const auto quoted = sketch.earlier.empty() ? 0 : dice.between(200, 900);
  if (text.language) return append_foreign(out, *text.language, dice, dice.between(800, 4000));
  if (sketch.kind == MailKind::newsletter) return append_newsletter(out, words, dice, dice.between(18000, 56000));
  if (sketch.kind == MailKind::mailing_list || dice.percent(40))
    return append_plain(out, words, dice, dice.between(500, 5500), quoted);
  append_alternative(out, words, dice, dice.between(1000, 6000), dice.between(4000, 16000));
}

}  // namespace

std::string synthetic_message(const SyntheticPlan& plan, const Vocabulary& words, std::uint64_t index) {
  const auto sketch = plan.sketch(index);
  const auto text = thread_text(plan, words, sketch);
  Dice dice(plan.seed(), kMessageText, index);
  const bool small_file = sketch.kind != MailKind::newsletter && sketch.kind != MailKind::spam && dice.percent(13);
  std::string out;
  out.reserve(64 << 10);
  append_headers(out, plan, sketch, text, dice, index);
  if (!sketch.large && !small_file) {
    append_text(out, words, sketch, text, dice);
    return out;
  }
  const auto boundary = fmt::format("mix_{:016x}", dice.next());
  out += "Content-Type: multipart/mixed; boundary=\"" + boundary + "\"\r\n\r\n--" + boundary + "\r\n";
  append_text(out, words, sketch, text, dice);
  const auto files = sketch.large ? 1 : dice.between(1, 2);
  for (std::size_t i = 0; i < files; ++i) {
    out += "\r\n--" + boundary + "\r\n";
    append_attachment(out, dice, sketch.large ? dice.between(1 << 20, 8 << 20) : dice.between(6 << 10, 90 << 10));
  }
  out += "\r\n--" + boundary + "--\r\n";
  return out;
}

}  // namespace mailmgr::sandbox
