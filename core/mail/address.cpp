#include "core/mail/address.h"

#include <algorithm>

#include "core/mail/header_fields.h"

namespace mailmgr::mail {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

std::string trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(kBlank) - begin + 1));
}

// Reads one list from left to right; every character is looked at once.
class Tokenizer {
 public:
  Tokenizer(std::string_view text, std::size_t max_entries) : text_(text), max_(max_entries) {}

  std::vector<AddressToken> run() {
    while (at_ < text_.size() && tokens_.size() < max_) step();
    if (tokens_.size() < max_) {
      if (in_group_) token_.problem = "the group is not closed with ';'";
      flush();
    }
    return std::move(tokens_);
  }

 private:
  void step() {
    const char c = text_[at_];
    switch (c) {
      case '"':
        quoted();
        return;
      case '(':
        comment();
        return;
      case '<':
        angle();
        return;
      case ',':
        flush();
        break;
      case ';':
        if (!in_group_) note("';' outside a group");
        flush();
        in_group_ = false;
        break;
      case ':':
        colon();
        break;
      case '>':
        note("'>' without '<'");
        break;
      default:
        word(c);
        break;
    }
    ++at_;
  }

  void word(char c) {
    const bool blank = kBlank.find(c) != std::string_view::npos;
    if (token_.has_angle) {
      if (!blank) note("text after the address");
    } else if (!blank) {
      token_.phrase += c;
    } else if (!token_.phrase.empty() && token_.phrase.back() != ' ') {
      token_.phrase += ' ';
    }
  }

  void quoted() {
    std::string value;
    const auto open = at_++;
    while (at_ < text_.size() && text_[at_] != '"') {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      value += text_[at_++];
    }
    if (at_ >= text_.size()) note("a quotation mark is not closed");
    ++at_;
    if (token_.has_angle) {
      note("text after the address");
      return;
    }
    // "john doe"@example.org: before '@' the quotes belong to the address.
    const bool local_part = at_ < text_.size() && text_[at_] == '@';
    token_.phrase += local_part ? std::string(text_.substr(open, at_ - open)) : value;
  }

  void comment() {
    std::string value;
    int depth = 0;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\\' && at_ + 1 < text_.size()) {
        value += text_[++at_];
        continue;
      }
      if (c == '(' && depth++ == 0) continue;
      if (c == ')' && --depth == 0) break;
      value += c;
    }
    if (at_ >= text_.size()) note("a comment is not closed");
    ++at_;
    token_.comment = trimmed(value);
  }

  void angle() {
    if (token_.has_angle) note("two addresses without a comma between them");
    const auto open = ++at_;
    bool quotes = false;
    while (at_ < text_.size() && (quotes || text_[at_] != '>')) {
      if (quotes && text_[at_] == '\\') ++at_;
      if (at_ < text_.size() && text_[at_] == '"') quotes = !quotes;
      ++at_;
    }
    const auto end = std::min(at_, text_.size());
    if (at_ >= text_.size()) note("'<' is not closed");
    if (!token_.has_angle) token_.angle = trimmed(text_.substr(open, end - open));
    token_.has_angle = true;
    ++at_;
  }

  // A colon opens a group unless it stands in what can only be an address.
  void colon() {
    if (in_group_ || token_.has_angle || token_.phrase.find('@') != std::string::npos) {
      note("an unexpected ':'");
      if (!token_.has_angle) token_.phrase += ':';
      return;
    }
    in_group_ = true;
    token_ = {};
    start_ = at_ + 1;
  }

  void note(std::string_view problem) {
    if (token_.problem.empty()) token_.problem = problem;
  }

  void flush() {
    at_ = std::min(at_, text_.size());
    token_.phrase = trimmed(token_.phrase);
    token_.source = trimmed(text_.substr(start_, at_ - start_));
    if (token_.has_angle || !token_.phrase.empty() || !token_.problem.empty()) tokens_.push_back(std::move(token_));
    token_ = {};
    start_ = at_ + 1;
  }

  std::string_view text_;
  std::size_t max_;
  std::size_t at_ = 0;
  std::size_t start_ = 0;  // of the entry being read; never beyond at_
  bool in_group_ = false;
  AddressToken token_;
  std::vector<AddressToken> tokens_;
};

bool is_atom_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

bool is_host_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

// Dot-separated non-empty runs of characters that `allowed` accepts, each at most `longest`.
bool is_dotted(std::string_view text, bool (*allowed)(char), std::size_t longest) {
  std::size_t run = 0;
  for (const char c : text) {
    if (c == '.') {
      if (run == 0) return false;
      run = 0;
    } else if (!allowed(c) || ++run > longest) {
      return false;
    }
  }
  return run > 0;
}

bool is_quoted_local(std::string_view local) {
  if (local.size() < 3 || local.front() != '"' || local.back() != '"') return false;
  for (std::size_t i = 1; i + 1 < local.size(); ++i) {
    if (local[i] == '"') return false;
    if (local[i] == '\\' && ++i + 1 >= local.size()) return false;
  }
  return true;
}

bool is_domain(std::string_view domain) {
  if (domain.size() > 255) return false;
  if (domain.size() > 2 && domain.front() == '[' && domain.back() == ']') {
    return domain.substr(1, domain.size() - 2).find_first_of("[]\\ \t") == std::string_view::npos;
  }
  return is_dotted(domain, is_host_char, 63) && domain.front() != '-' && domain.back() != '-';
}

// "@relay.example.org,@other.example.org:ada@example.org" (RFC 5322 §4.4) → the address alone.
std::string without_route(const std::string& angle) {
  if (!angle.starts_with('@')) return angle;
  const auto colon = angle.rfind(':');
  return colon == std::string::npos ? angle : trimmed(std::string_view(angle).substr(colon + 1));
}

}  // namespace

std::vector<AddressToken> tokenize_addresses(std::string_view text, std::size_t max_entries) {
  return Tokenizer(text, max_entries).run();
}

std::vector<Address> read_addresses(std::string_view value, std::size_t max_entries) {
  std::vector<Address> addresses;
  for (const auto& token : tokenize_addresses(value, max_entries)) {
    Address address;
    if (token.has_angle) {
      address.email = decode_text(without_route(token.angle));
      address.name = decode_text(token.phrase.empty() ? token.comment : token.phrase);
    } else if (token.phrase.find('@') != std::string::npos || token.phrase.find(' ') == std::string::npos) {
      address.email = decode_text(token.phrase);
      address.name = decode_text(token.comment);
    } else {
      address.name = decode_text(token.phrase);
    }
    if (!address.name.empty() || !address.email.empty()) addresses.push_back(std::move(address));
  }
  return addresses;
}

std::optional<std::string> problem_with_email(std::string_view email) {
  const auto at = email.rfind('@');
  for (std::size_t i = 0; i < email.size(); ++i) {
    const auto byte = static_cast<unsigned char>(email[i]);
    if (byte < 0x20 || byte == 0x7F) return "it contains a control character";
    if (byte < 0x80) continue;
    if (at != std::string_view::npos && i > at) return "the domain has letters outside ASCII; write its xn-- form";
    return "the part before '@' has letters outside ASCII (SMTPUTF8), which mailmgr cannot send to";
  }
  if (at == std::string_view::npos) return "it has no '@'";
  const auto local = email.substr(0, at);
  if (local.empty()) return "nothing stands before '@'";
  if (at + 1 == email.size()) return "nothing stands after '@'";
  if (local.size() > 64) return "the part before '@' is longer than 64 characters";
  if (!is_dotted(local, is_atom_char, 64) && !is_quoted_local(local)) return "the part before '@' is not valid";
  if (!is_domain(email.substr(at + 1))) return "the part after '@' is not a domain";
  return std::nullopt;
}

}  // namespace mailmgr::mail
