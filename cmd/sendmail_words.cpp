#include "cmd/sendmail_words.h"

#include <fmt/format.h>

#include "cmd/output/terminal.h"

namespace mailmgr {
namespace {

constexpr std::string_view kSendmailFlags = "cGImnstUvix";
constexpr std::string_view kSendmailValues = "aABCDefFhLNoOprRVX";
constexpr std::string_view kSendmailMayHaveValue = "bdq";  // attached alone, but for -b

bool is_option_word(std::string_view word) {
  return word.size() >= 2 && word[0] == '-' && word != "--";
}

Error sendmail_usage(std::string what, std::string hint = "mailmgr sendmail --help, man mailmgr-sendmail") {
  return {Code::usage, "sendmail: " + std::move(what), std::move(hint)};
}

Status set_mode(std::string_view mode, SendmailWords& read) {
  using Mode = SendmailWords::Mode;
  if (mode == "m") read.mode = Mode::deliver;
  if (mode == "p") read.mode = Mode::list_queue;
  if (mode == "i") read.mode = Mode::rebuild_aliases;
  if (mode == "m" || mode == "p" || mode == "i") return {};
  if (mode == "s") {
    return sendmail_usage("-bs (SMTP on standard input) is not offered",
                          "give the message on standard input: mailmgr sendmail -t < message");
  }
  return sendmail_usage(fmt::format("-b{} is not offered: mailmgr is no mail server", output::one_line(mode)));
}

// The value of -o; what is not ours is passed over.
void set_old_option(std::string_view value, SendmailWords& read) {
  if (value == "i") read.dot_ends = false;
  if (value == "t") read.recipients_in_header = true;
  if (value == "v") read.verbose = true;
  if (value == "dq") read.queue_only = true;
}

void set_flag(char flag, SendmailWords& read) {
  if (flag == 't') read.recipients_in_header = true;
  if (flag == 'i') read.dot_ends = false;
  if (flag == 'n') read.use_aliases = false;
  if (flag == 'v') read.verbose = true;
  if (flag == 'I') read.mode = SendmailWords::Mode::rebuild_aliases;
}

Status set_value(char option, std::string_view value, SendmailWords& read) {
  if (option == 'b') return set_mode(value, read);
  if (option == 'q' && value.empty()) read.mode = SendmailWords::Mode::flush_queue;
  if (option == 'q' && !value.empty()) {
    return sendmail_usage(fmt::format("-q{}: mailmgr sends what waits when it is told to", output::one_line(value)),
                          "mailmgr sync from a timer, or mailmgr sendmail -q");
  }
  if (option == 'f' || option == 'r') read.sender = value;
  if (option == 'F') read.full_name = value;
  if (option == 'a') read.account = value;
  if (option == 'o') set_old_option(value, read);
  return {};
}

bool is_among(std::string_view letters, char letter) {
  return letters.find(letter) != std::string_view::npos;
}

}  // namespace

bool sendmail_value_follows(std::string_view word) {
  if (!is_option_word(word)) return false;
  for (std::size_t at = 1; at < word.size(); ++at) {
    if (is_among(kSendmailValues, word[at]) || word[at] == 'b') return at + 1 == word.size();
    if (!is_among(kSendmailFlags, word[at])) return false;
  }
  return false;
}

Result<SendmailWords> read_sendmail_words(const std::vector<std::string>& words) {
  SendmailWords read;
  bool operands_only = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (operands_only || !is_option_word(word)) {
      if (word == "--" && !operands_only) {
        operands_only = true;
      } else {
        read.recipients.emplace_back(word);
      }
      continue;
    }
    for (std::size_t at = 1; at < word.size(); ++at) {
      const char option = word[at];
      if (is_among(kSendmailFlags, option)) {
        set_flag(option, read);
        continue;
      }
      const bool needs_value = is_among(kSendmailValues, option) || option == 'b';
      if (!needs_value && !is_among(kSendmailMayHaveValue, option)) {
        return sendmail_usage(fmt::format("there is no option -{}", output::one_line(std::string(1, option))));
      }
      auto value = word.substr(at + 1);
      if (value.empty() && needs_value) {
        if (++i == words.size()) return sendmail_usage(fmt::format("-{} needs a value", option));
        value = words[i];
      }
      if (auto set = set_value(option, value, read); !set) return set.error();
      break;
    }
  }
  return read;
}

}  // namespace mailmgr
