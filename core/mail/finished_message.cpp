#include "core/mail/finished_message.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/encoding.h"
#include "core/mail/address.h"
#include "core/mail/extra_header.h"
#include "core/mail/finished_header.h"
#include "core/mail/header_fields.h"
#include "core/mail/header_writer.h"
#include "core/mail/writable_text.h"

namespace mailmgr {
namespace {

using namespace mail;

constexpr std::size_t kMaxRecipientsOfFinished = 2000;

bool has_address(const std::vector<Address>& list, std::string_view email) {
  return std::any_of(list.begin(), list.end(),
                     [&](const auto& known) { return equals_ignoring_ascii_case(known.email, email); });
}

void add_once(std::vector<Address>& list, const Address& address) {
  if (!has_address(list, address.email)) list.push_back(address);
}

std::string printable(const Address& address) {
  auto text = to_valid_utf8(address.email.empty() ? address.name : address.email);
  make_writable(text);
  return text;
}

std::string usable_message_id(const FinishedField& field) {
  const auto ids = read_message_ids(field.value, 2);
  const bool usable = ids.size() == 1 && ids.front() == field.value && ids.front().find('@') != std::string::npos &&
                      std::all_of(ids.front().begin(), ids.front().end(), [](char c) { return c > 0x20 && c < 0x7F; });
  return usable ? ids.front() : std::string();
}

std::vector<Address>* list_of(std::string_view field, FinishedHead& head) {
  if (field == "from") return &head.from;
  if (field == "sender") return &head.sender;
  if (field == "reply-to") return &head.reply_to;
  if (field == "to") return &head.to;
  if (field == "cc") return &head.cc;
  if (field == "bcc") return &head.bcc;
  if (field == "resent-to" || field == "resent-cc" || field == "resent-bcc") return &head.resent_to;
  return nullptr;
}

FinishedHead head_of(const std::vector<FinishedField>& fields) {
  FinishedHead head;
  for (const auto& field : fields) {
    if (auto* list = list_of(field.lower, head)) {
      for (auto& address : read_addresses(field.value, kMaxRecipientsOfFinished)) list->push_back(std::move(address));
    } else if (field.lower == "subject") {
      head.subject = decode_text(field.value);
    } else if (field.lower == "message-id") {
      head.message_id = usable_message_id(field);
    } else if (field.lower == "date") {
      head.date = read_date(field.value);
    }
  }
  return head;
}

// Writes the header of the message to send and fills what is told of it.
class HeaderFinisher {
 public:
  HeaderFinisher(const FinishOptions& options, FinishedMessage& message) : options_(options), message_(message) {}

  Result<std::string> run(const std::vector<FinishedField>& fields) {
    const auto head = head_of(fields);
    auto status = check_options();
    if (status) status = settle_from(head);
    for (const auto& field : fields) {
      if (status) status = write(field);
    }
    if (status) status = write_missing(head, fields);
    if (!status) return status.error();
    return std::move(out_) + "\r\n";
  }

 private:
  Status check_options() {
    for (const auto& [name, value] : options_.added_headers) {
      if (auto good = check_extra_header(name, value); !good) return good;
    }
    if (!options_.recipients) return {};
    for (const auto& recipient : *options_.recipients) {
      if (const auto problem = problem_with_email(recipient.email)) {
        return finished_error(fmt::format("the recipient {} cannot be used: {}", printable(recipient), *problem));
      }
      add_once(message_.recipients, recipient);
    }
    return message_.recipients.empty() ? no_recipient() : Status();
  }

  static Error no_recipient() { return finished_error("nobody is named who gets it", "a To, Cc or Bcc field"); }

  static Error too_many() { return finished_error("it has more than 2000 recipients"); }

  Status settle_from(const FinishedHead& head) {
    if (!options_.from && head.from.empty())
      return finished_error("it has no From", "a line \"From: ADDRESS\" in its header");
    message_.from = options_.from ? *options_.from : head.from.front();
    if (options_.from) make_writable(message_.from.name);
    const auto problem = problem_with_email(message_.from.email);
    if (!problem) return {};
    return finished_error(fmt::format("the address {} in From cannot be used: {}", printable(message_.from), *problem));
  }

  Status write(const FinishedField& field) {
    if (field.lower == "from" && options_.from) return write_from();
    if (field.lower == "sender" && options_.from) return {};
    if (field.lower == "resent-bcc") return {};  // providers hide Bcc alone
    if (field.lower == "to" || field.lower == "cc" || field.lower == "bcc") return write_recipients(field);
    if (field.lower == "message-id" && usable_message_id(field).empty()) return {};
    const bool added =
        std::any_of(options_.added_headers.begin(), options_.added_headers.end(),
                    [&](const auto& header) { return equals_ignoring_ascii_case(header.first, field.name); });
    return added ? Status() : keep(field);
  }

  Status keep(const FinishedField& field) {
    auto text = sendable_field(field);
    if (!text) return text.error();
    out_ += *text;
    return {};
  }

  Status write_from() {
    write_address_field(out_, "From", {message_.from});
    return {};
  }

  void write_reply_to(Address address) {
    if (problem_with_email(address.email)) return;
    make_writable(address.name);
    write_address_field(out_, "Reply-To", {address});
  }

  Status write_recipients(const FinishedField& field) {
    if (field.lower == "bcc" && options_.recipients) return {};
    // What a strict reader would refuse another reader may understand otherwise, as one recipient more: then the field
    // is written anew, as it was understood here.
    const auto tokens = tokenize_addresses(field.value, kMaxRecipientsOfFinished + 1);
    if (tokens.size() > kMaxRecipientsOfFinished) return too_many();
    bool changed = std::any_of(tokens.begin(), tokens.end(), [](const auto& token) { return !token.problem.empty(); });
    const auto written = read_addresses(field.value, kMaxRecipientsOfFinished);
    std::vector<Address> kept;
    for (const auto& address : written) {
      const auto local = options_.local_names.find(to_lower_ascii(address.email));
      if (local != options_.local_names.end()) {
        changed = true;
        for (const auto& meant : local->second) {
          if (auto taken = take(field, meant, kept, changed); !taken) return taken;
        }
      } else if (auto taken = take(field, address, kept, changed); !taken) {
        return taken;
      }
    }
    if (!changed) return keep(field);
    for (auto& address : kept) make_writable(address.name);
    write_address_field(out_, field.name, kept);
    return {};
  }

  Status take(const FinishedField& field, const Address& address, std::vector<Address>& kept, bool& changed) {
    if (options_.recipients) {
      if (has_address(message_.recipients, address.email)) {
        kept.push_back(address);
        add_once(in_header_, address);
      } else {
        changed = true;
        message_.left_out.push_back(address);
      }
      return {};
    }
    if (const auto problem = problem_with_email(address.email)) {
      return finished_error(
          fmt::format("the address {} in {} cannot be used: {}", printable(address), field.name, *problem));
    }
    kept.push_back(address);
    add_once(message_.recipients, address);
    return {};
  }

  Status write_missing(const FinishedHead& head, const std::vector<FinishedField>& fields) {
    const auto has = [&](std::string_view name) {
      return std::any_of(fields.begin(), fields.end(), [&](const auto& field) { return field.lower == name; });
    };
    if (message_.recipients.empty()) return no_recipient();
    if (message_.recipients.size() > kMaxRecipientsOfFinished) return too_many();
    if (!has("from")) write_address_field(out_, "From", {message_.from});
    if (options_.reply_to && !has("reply-to")) write_reply_to(*options_.reply_to);
    if (options_.recipients) {
      std::vector<Address> hidden;
      for (const auto& recipient : message_.recipients) {
        if (!has_address(in_header_, recipient.email)) hidden.push_back({"", recipient.email});
      }
      write_address_field(out_, "Bcc", hidden);
    }
    message_.date = head.date.value_or(options_.date);
    if (!has("date")) write_text_field(out_, "Date", format_date(options_.date));
    message_.message_id = head.message_id.empty() ? options_.message_id : head.message_id;
    if (head.message_id.empty()) write_ids_field(out_, "Message-ID", {options_.message_id});
    message_.subject = head.subject;
    for (const auto& [name, value] : options_.added_headers) write_text_field(out_, name, value);
    return {};
  }

  const FinishOptions& options_;
  FinishedMessage& message_;
  std::vector<Address> in_header_;  // of the given recipients those whom To or Cc names
  std::string out_;
};

// Writes a body with CRLF line ends, in pieces.
class BodyWriter {
 public:
  explicit BodyWriter(BlobWriter& out) : out_(out) {}

  Status add(std::string_view bytes) {
    if (bytes.find('\0') != std::string_view::npos) {
      return finished_error("there is a NUL byte in its text", "attachments must be encoded, as in base64");
    }
    std::string text;
    text.reserve(bytes.size() + bytes.size() / 32);
    for (std::size_t at = 0; at < bytes.size();) {
      const auto end = std::min(bytes.find('\n', at), bytes.size());
      text += bytes.substr(at, end - at);
      if (end == bytes.size()) break;
      const bool has_cr = end > 0 ? bytes[end - 1] == '\r' : after_cr_;
      text += has_cr ? "\n" : "\r\n";
      at = end + 1;
    }
    if (!bytes.empty()) after_cr_ = bytes.back() == '\r';
    return out_.append(text);
  }

 private:
  BlobWriter& out_;
  bool after_cr_ = false;
};

}  // namespace

Result<FinishedHead> read_finished_head(const Blob& raw, bool header_may_end_early) {
  FinishedHeaderReader reader(header_may_end_early);
  Status status;
  const auto read = raw.each_chunk([&](std::string_view bytes) {
    const auto taken = reader.feed(bytes);
    if (!taken) status = taken.error();
    return status && !reader.done();
  });
  if (!read) return read.error();
  if (status) status = reader.finish();
  for (const auto& field : reader.fields()) {
    if (!status) break;
    const auto text = sendable_field(field);
    if (!text) status = text.error();
  }
  if (!status) return status.error();
  return head_of(reader.fields());
}

Result<FinishedMessage> finish_message(const Blob& raw, const FinishOptions& options) {
  FinishedMessage message;
  FinishedHeaderReader reader(options.header_may_end_early);
  BlobWriter out;
  BodyWriter body(out);
  bool in_body = false;
  const auto begin_body = [&]() -> Status {
    in_body = true;
    auto header = HeaderFinisher(options, message).run(reader.fields());
    if (!header) return header.error();
    if (auto written = out.append(*header); !written) return written;
    return body.add(reader.body_start());
  };
  Status status;
  const auto read = raw.each_chunk([&](std::string_view bytes) {
    if (!in_body) {
      const auto taken = reader.feed(bytes);
      if (!taken) return (status = taken.error()).has_value();
      bytes.remove_prefix(*taken);
      if (reader.done()) status = begin_body();
    }
    if (in_body && status) status = body.add(bytes);
    return status.has_value();
  });
  if (!read) return read.error();
  if (status && !in_body) {
    status = reader.finish();
    if (status) status = begin_body();
  }
  if (!status) return status.error();
  auto mime = std::move(out).finish();
  if (!mime) return mime.error();
  message.mime = *std::move(mime);
  return message;
}

}  // namespace mailmgr
