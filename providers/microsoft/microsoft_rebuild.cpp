#include "providers/microsoft/microsoft_rebuild.h"

#include <fmt/format.h>

#include <mutex>
#include <nlohmann/json.hpp>

#include "core/base/encoding.h"
#include "core/mail/compose.h"
#include "core/net/retry.h"
#include "providers/microsoft/microsoft_batch.h"
#include "providers/microsoft/microsoft_links.h"
#include "providers/microsoft/microsoft_wire.h"

namespace mailmgr::microsoft {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxJson = std::size_t{64} << 20;
constexpr std::size_t kMaxValue = std::size_t{256} << 20;
constexpr std::size_t kMaxAttachments = 1000;
constexpr int kPatience = 3;  // messages in a row that the server fails at: then it is not about them
constexpr milliseconds kBytesDeadline = std::chrono::minutes(10);
constexpr std::string_view kContentSelect =
    ",subject,from,sender,toRecipients,ccRecipients,bccRecipients,replyTo,sentDateTime,internetMessageId,"
    "internetMessageHeaders,body";

// HTML as it was sent, not as it would be safe to show.
HttpHeaders as_it_is() {
  auto headers = immutable_ids();
  headers.front().second += ", outlook.allow-unsafe-html";
  return headers;
}

Address address(const JsonText& text, const json& recipient) {
  const auto& mail = JsonText::at(recipient, "emailAddress");
  return {text.string_at(mail, "name"), text.string_at(mail, "address")};
}

std::vector<Address> addresses(const JsonText& text, const json& node, const char* key) {
  std::vector<Address> result;
  for (const auto& recipient : JsonText::array_at(node, key)) result.push_back(address(text, recipient));
  return result;
}

Draft content(const JsonText& text, const Fetched& fetched) {
  const auto& root = text.root();
  const auto& from = JsonText::at(root, "from");
  Draft draft;
  draft.from = address(text, from.is_object() ? from : JsonText::at(root, "sender"));
  draft.to = addresses(text, root, "toRecipients");
  draft.cc = addresses(text, root, "ccRecipients");
  draft.bcc = addresses(text, root, "bccRecipients");
  draft.reply_to = addresses(text, root, "replyTo");
  draft.subject = text.string_at(root, "subject");
  draft.message_id = text.string_at(root, "internetMessageId");
  draft.date = from_rfc3339(text.string_at(root, "sentDateTime")).value_or(fetched.received.value_or(Time()));
  for (const auto& header : JsonText::array_at(root, "internetMessageHeaders")) {
    draft.extra_headers.emplace_back(text.string_at(header, "name"), text.string_at(header, "value"));
  }
  const auto& body = JsonText::at(root, "body");
  const bool html = equals_ignoring_ascii_case(text.string_at(body, "contentType"), "html");
  (html ? draft.html : draft.text) = text.string_at(body, "content");
  return draft;
}

struct AttachmentList {
  struct Entry {
    std::string id, name, type;
  };
  std::vector<Entry> entries;
  std::string next_link;
};

Result<AttachmentList> read_attachments(std::string_view body) {
  const auto text = JsonText::parse(body);
  if (!text) return text.error();
  AttachmentList list;
  for (const auto& node : JsonText::array_at(text->root(), "value")) {
    const bool item = text->string_at(node, "@odata.type") == "#microsoft.graph.itemAttachment";
    list.entries.push_back({text->string_at(node, "id"), text->string_at(node, "name"),
                            item ? "message/rfc822" : text->string_at(node, "contentType")});
    if (list.entries.back().id.empty()) list.entries.pop_back();
  }
  list.next_link = text->string_at(text->root(), "@odata.nextLink");
  return list;
}

// The message was there a moment ago: whether it is gone, the next look at it tells.
Error of_a_part(Error error) {
  if (error.code == Code::gone) error.code = Code::try_later;
  return error;
}

Result<std::string> whole(std::string_view body) {
  return std::string(body);
}

bool may_lack_mime(const Error& error, Want want) {
  return error.code == Code::gone || error.code == Code::refused ||
         (want == Want::anything && error.code == Code::try_later);
}

// Whether the next message would meet the same.
bool is_about_all(const Error& error) {
  switch (error.code) {
    case Code::gone:
    case Code::refused:
    case Code::try_later:
    case Code::no_answer:  // the bytes of one attachment may break off each time
    case Code::too_large:
      return false;
    default:
      return true;
  }
}

}  // namespace

Status MicrosoftRebuild::run(const Fetch& fetch, Want want, const FetchSink& sink, const Stop& stop) {
  std::mutex mutex;
  std::vector<std::pair<RemoteId, Error>> missing;
  const auto fetched = fetch([&](const RemoteId& id, Result<Fetched> answer) {
    if (answer || !may_lack_mime(answer.error(), want)) return sink(id, std::move(answer));
    const std::lock_guard lock(mutex);
    missing.emplace_back(id, std::move(answer).error());
    return true;
  });
  if (!fetched) return fetched;
  int failures = 0;
  for (auto& [id, error] : missing) {
    auto answer = failures < kPatience ? message(id, want, stop) : Result<Fetched>(error);
    if (!answer && is_about_all(answer.error())) return answer.error();
    const bool fails = !answer && (answer.error().code == Code::try_later || answer.error().code == Code::no_answer);
    failures = fails ? failures + 1 : 0;
    // Why it did not come in the first place; but only the later word says that it is gone.
    if (!answer && answer.error().code != Code::gone && error.code != Code::gone) answer = std::move(error);
    if (!sink(id, std::move(answer))) break;
  }
  return {};
}

Result<Fetched> MicrosoftRebuild::message(const RemoteId& id, Want want, const Stop& stop) {
  const auto path = fmt::format("{}{}/messages/{}", kRoot, user_root(client_.deps().user), percent_encode(id.value));
  auto body = client_.ask({.what = "fetching a message without MIME",
                           .path = path,
                           .query = fmt::format("$select={}{}", kMarksSelect, kContentSelect),
                           .headers = as_it_is(),
                           .max_body = kMaxJson},
                          whole, stop);
  if (!body) return body.error();
  const auto text = JsonText::parse(*body);
  if (!text) return text.error();
  if (text->string_at(text->root(), "id").empty()) {
    return Error{Code::try_later, "the answer is not about a message", "run the same command again"};
  }
  Fetched fetched = read_marks(*text, text->root());

  auto mime = value(path + "/$value", stop);
  if (mime && mime->size() > 0) {
    fetched.raw = *std::move(mime);
    return fetched;
  }
  if (!mime && !may_lack_mime(mime.error(), want)) return mime.error();

  Draft draft = content(*text, fetched);
  std::string next = path.substr(kRoot.size()) + "/attachments?$select=id,name,contentType";
  while (!next.empty() && draft.attachments.size() < kMaxAttachments) {
    const auto question = next.find('?');
    auto list = client_.ask({.what = "listing a message's attachments",
                             .path = std::string(kRoot) + next.substr(0, question),
                             .query = question == std::string::npos ? "" : next.substr(question + 1),
                             .headers = immutable_ids(),
                             .max_body = kMaxJson},
                            read_attachments, stop);
    if (!list) return of_a_part(list.error());
    for (auto& entry : list->entries) {
      auto bytes = value(fmt::format("{}/attachments/{}/$value", path, percent_encode(entry.id)), stop);
      // A link to a file in the cloud has no bytes (405), and some other attachments have none either (404).
      const bool has_none = !bytes && (bytes.error().code == Code::refused || bytes.error().code == Code::gone);
      if (!bytes && !has_none) return bytes.error();
      draft.attachments.push_back({std::move(entry.name), std::move(entry.type), bytes ? *std::move(bytes) : Blob()});
    }
    next.clear();
    if (list->next_link.empty()) break;
    auto link = below_root(list->next_link, client_.deps().endpoints);
    if (!link) return link.error().within("listing a message's attachments");
    next = *std::move(link);
  }
  auto raw = reconstruct(std::move(draft));
  if (!raw) return raw.error();
  fetched.raw = *std::move(raw);
  fetched.reconstructed = true;
  return fetched;
}

// The bytes at a $value, as a stream; asked for until there is an answer, as ApiClient does for what fits in memory.
Result<Blob> MicrosoftRebuild::value(const std::string& path, const Stop& stop) {
  Retry retry({.is_idempotent = true}, client_.deps().clock, client_.deps().random);
  return with_retries(retry, stop, [&]() -> Result<Blob> {
    BlobWriter blob;
    Status written;
    const auto sent = client_.send({.what = "fetching a message's bytes",
                                    .path = path,
                                    .headers = immutable_ids(),
                                    .attempts = 1,
                                    .max_body = kMaxValue,
                                    .deadline = kBytesDeadline,
                                    .on_body =
                                        [&](std::string_view piece) {
                                          written = blob.append(piece);
                                          return written.has_value();
                                        }},
                                   stop);
    if (!written) return written.error();
    if (!sent) return sent.error();
    if (is_no_mime(sent->http)) return Error{Code::try_later, "the answer is not a message", ""};
    return std::move(blob).finish();
  });
}

}  // namespace mailmgr::microsoft
