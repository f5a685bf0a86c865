// Measures the store: writing plausible messages, then lists, searches and folder counts over them. Not a test: it
// prints figures for people. Usage: store_bench [MESSAGES [FOLDER [BYTES]]]; with a folder the store is kept and used
// again, BYTES are those of one message (20,000).
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "core/query/query.h"
#include "store/store.h"

using namespace mailmgr;

namespace {

constexpr std::int64_t kNow = 1'790'000'000;  // seconds; the store's time is a parameter
constexpr std::size_t kBatch = 200;

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

double milliseconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

template <class T>
T must(Result<T> result) {
  if (result) return *std::move(result);
  std::fprintf(stderr, "%s\n", result.error().message.c_str());
  std::exit(1);
}
void must(const Status& status) {
  if (status) return;
  std::fprintf(stderr, "%s\n", status.error().message.c_str());
  std::exit(1);
}

// Words by Zipf's law, as in real text: a few everywhere, most of them rare.
class Text {
 public:
  explicit Text(std::uint64_t seed) : random_(seed) {
    for (int i = 0; i < 40'000; ++i) words_.push_back(word(i));
  }
  const std::string& some() {
    const double u = std::uniform_real_distribution<>(0, 1)(random_);
    return words_[static_cast<std::size_t>(std::pow(static_cast<double>(words_.size()), u)) - 1];
  }
  std::string run(std::size_t bytes) {
    std::string text;
    for (int column = 0; text.size() < bytes; ++column) {
      text += some();
      text += column % 11 == 10 ? '\n' : ' ';
    }
    return text;
  }
  std::uint64_t below(std::uint64_t end) { return random_() % end; }

 private:
  static std::string word(int number) {
    static constexpr const char* kSyllables[] = {"ka", "ro", "mi", "ten", "sul", "ver", "ba", "lon", "di", "fer"};
    std::string text;
    for (int n = number + 3; n > 0; n /= 10) text += kSyllables[n % 10];
    return text;
  }
  std::mt19937_64 random_;
  std::vector<std::string> words_;
};

Address person(std::uint64_t number) {
  return {"Person " + std::to_string(number) + " Example",
          "person" + std::to_string(number) + "@" + (number % 7 == 0 ? "example.org" : "mail.example.com")};
}

// As mail has it (RFC 5322 §3.3), so that other programs can index what is exported.
std::string mail_date(Time time) {
  const std::time_t seconds = static_cast<std::time_t>(to_unix_seconds(time));
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S +0000", &parts)};
}

NewMessage make_message(Text& text, std::size_t number, std::size_t bytes) {
  NewMessage message;
  message.id = RemoteId("18f0" + std::to_string(1'000'000'000 + number));
  message.thread = ThreadId("t" + std::to_string(number / 3));
  message.received = from_unix_seconds(kNow - static_cast<std::int64_t>(number) * 900);
  message.marks.unread = number % 20 == 0;
  message.marks.starred = number % 100 == 7;
  message.marks.draft = false;
  message.marks.complete = true;
  std::vector<FolderId> labels;
  if (number % 3 != 0) labels.emplace_back("INBOX");
  if (number % 50 == 1) labels.emplace_back("SPAM");
  if (number % 10 == 3) labels.emplace_back("Label_1");
  if (number % 2000 == 5) labels.emplace_back("Label_2");
  message.marks.labels = labels;

  auto& parsed = message.parsed;
  parsed.message_id = "<" + std::to_string(number) + "@example.org>";
  parsed.subject = text.run(45);
  parsed.from = {person(text.below(text.below(8000) + 1))};
  parsed.to = {person(9000), person(text.below(500))};
  parsed.date = message.received;
  parsed.body_text = text.run(bytes / 10 + text.below(bytes * 2 / 5));  // 3 of 10 bytes are readable text
  parsed.snippet = parsed.body_text.substr(0, 200);
  if (number % 8 == 0) parsed.attachments = {{"2", "report.pdf", "application/pdf", 9000, false, ""}};

  std::string raw = "From: " + parsed.from.front().name + " <" + parsed.from.front().email + ">\r\nTo: <" +
                    parsed.to.front().email + ">\r\nDate: " + mail_date(*message.received) +
                    "\r\nMessage-ID: " + parsed.message_id + "\r\nSubject: " + parsed.subject + "\r\n\r\n" +
                    parsed.body_text;
  while (raw.size() < bytes) {  // headers, HTML and encoded parts do not compress as well as text
    for (int i = 0; i < 76; ++i) {
      raw += "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[text.below(raw.size() % 3 ? 64 : 16)];
    }
    raw += "\r\n<div class=\"cell\" style=\"padding:0\">" + text.some() + "</div>\r\n";
  }
  message.raw = Blob(std::move(raw));
  return message;
}

void fill(store::MailStore& mail, AccountId account, std::size_t count, std::size_t bytes) {
  Folders folders;
  for (const auto& [id, role] : {std::pair{"INBOX", Role::inbox}, {"SPAM", Role::spam}, {"TRASH", Role::trash}}) {
    folders.folders.push_back({FolderId(id), Folder::Kind::folder, role, id});
  }
  folders.folders.push_back({FolderId("Label_1"), Folder::Kind::label, Role::none, "Work"});
  folders.folders.push_back({FolderId("Label_2"), Folder::Kind::label, Role::none, "Rare"});
  folders.streams = {StreamId("mailbox")};
  must(mail.sync().save_folders(account, folders, from_unix_seconds(kNow)));

  Text text(7);
  double cpu = 0;
  double wall = 0;
  for (std::size_t number = 0; number < count;) {
    std::vector<NewMessage> batch;
    for (; batch.size() < kBatch && number < count; ++number) batch.push_back(make_message(text, number, bytes));
    const auto start = std::chrono::steady_clock::now();
    const double before = cpu_seconds();
    must(mail.sync().store_messages(account, batch, from_unix_seconds(kNow)));
    cpu += cpu_seconds() - before;
    wall += milliseconds_since(start);
    if (number % 20'000 == 0)
      std::printf("  %zu: %.3f CPU ms per message so far\n", number, cpu * 1000 / static_cast<double>(number));
  }
  std::printf("store_messages: %.3f CPU ms, %.3f ms per message\n", cpu * 1000 / static_cast<double>(count),
              wall / static_cast<double>(count));
}

void time_search(store::MailStore& mail, const std::string& words, std::optional<std::uint64_t> limit, bool threads) {
  const auto query = must(query::parse(words, from_unix_seconds(kNow)));
  Selection selection;
  selection.limit = limit;
  double best = 1e9;
  double first = 0;
  std::size_t found = 0;
  for (int round = 0; round < 4; ++round) {
    const auto start = std::chrono::steady_clock::now();
    found = 0;
    if (threads) {
      must(mail.reader().search_threads(query, selection, {}, [&](const ThreadRow&) { return ++found > 0; }));
    } else {
      must(mail.reader().search(query, selection, {}, [&](const MessageRow&) { return ++found > 0; }));
    }
    const double took = milliseconds_since(start);
    if (round == 0) first = took;
    best = std::min(best, took);
  }
  std::printf("%8.2f ms (first %8.2f) %7zu found  %s%s\n", best, first, found, words.empty() ? "(all)" : words.c_str(),
              threads ? " (threads)" : "");
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 100'000;
  const std::string folder = argc > 2 ? argv[2] : "/tmp/store_bench." + std::to_string(getpid());
  const std::size_t bytes = argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 20'000;
  std::filesystem::create_directories(folder);
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
  const AccountId account(1);
  {
    auto mail = must(store::MailStore::open(folder, store::OpenMode::write));
    if (must(mail->reader().count(account)) == 0) fill(*mail, account, count, bytes);
  }
  std::printf("mail.db: %.1f MB\n", static_cast<double>(std::filesystem::file_size(folder + "/mail.db")) / 1e6);

  const auto start = std::chrono::steady_clock::now();
  auto mail = must(store::MailStore::open(folder, store::OpenMode::read));
  std::printf("%8.2f ms open\n", milliseconds_since(start));
  Text text(7);
  for (const auto* words : {"",
                            "in:inbox",
                            "is:unread",
                            "is:starred",
                            "label:rare",
                            "label:work",
                            "in:archive",
                            "ten",
                            "sul",
                            "mikamimi",
                            "\"ten sul\"",
                            "ten sul",
                            "ten -sul",
                            "subject:ten",
                            "from:person12",
                            "from:person7777",
                            "from:@example.org",
                            "from:person12 ten",
                            "from:person7777 ten",
                            "from:nobody",
                            "to:person9000 is:unread",
                            "has:attachment ten",
                            "filename:report.pdf",
                            "larger:1M",
                            "after:2026-01-01",
                            "before:2025-01-01 ten",
                            "label:rare ten",
                            "label:work is:unread",
                            "ten OR from:person12",
                            "domain:example.org",
                            "in:spam ten",
                            "is:unread -from:person1"}) {
    time_search(*mail, words, 50, false);
  }
  time_search(*mail, "", 50, true);
  time_search(*mail, "ten", 50, true);
  time_search(*mail, "", std::nullopt, false);
  time_search(*mail, "ten", std::nullopt, false);
  for (int round = 0; round < 2; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    const auto folders = must(mail->reader().folders());
    std::printf("%8.2f ms folders (%zu)\n", milliseconds_since(begin), folders.size());
  }
  const auto begin = std::chrono::steady_clock::now();
  must(mail->sync().counts(account));
  std::printf("%8.2f ms counts\n", milliseconds_since(begin));
  for (const bool by_all : {false, true}) {
    StatisticsRequest request;
    if (by_all) request.by = {Dimension::month, Dimension::sender, Dimension::domain, Dimension::folder};
    const auto asked = std::chrono::steady_clock::now();
    const auto statistics = must(mail->statistics().sum(request, {}, {}));
    std::printf("%8.2f ms statistics%s (%llu answered)\n", milliseconds_since(asked), by_all ? " by everything" : "",
                static_cast<unsigned long long>(statistics.total.answered));
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("peak memory %.1f MB\n", static_cast<double>(usage.ru_maxrss) / 1024);
  mail.reset();
  if (argc <= 2) std::filesystem::remove_all(folder);
  return 0;
}
