#include "tests/sandbox/graph/attachments.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/encoding.h"
#include "tests/sandbox/graph/drafts.h"
#include "tests/sandbox/graph/message_view.h"
#include "tests/sandbox/graph/schema.h"

namespace mailmgr::sandbox::graph {
namespace {

// "size" counts the item's overhead, so it never equals the number of bytes.
constexpr std::int64_t kOverhead = 204;
constexpr std::uint64_t kSessionMinimum = 3 << 20;  // attachment: createUploadSession, 3 MB to 150 MB
constexpr auto kSessionLife = std::chrono::hours(1);

void collect(const mime::Part& part, std::vector<AttachmentInfo>& out) {
  if (part.is_multipart()) {
    for (const auto& child : part.parts) {
      collect(child, out);
    }
    return;
  }
  const bool body =
      part.mime_type == "text/plain" || part.mime_type == "text/html" || part.mime_type == "text/calendar";
  if (body && !part.is_attachment()) {
    return;
  }
  AttachmentInfo info;
  info.part = &part;
  info.is_item = part.mime_type == "message/rfc822";
  info.is_inline = part.disposition == "inline";
  info.name = part.filename;
  if (info.name.empty() && info.is_item) {
    info.name = mime::decode_header(mime::find_header(mime::scan_headers(part.body), "Subject"));
  }
  out.push_back(std::move(info));
}

std::string attachment_id(const Call& call, const Message& message, std::uint16_t number) {
  const bool immutable = call.prefer.immutable_ids;
  return encode_id(call.box().number(), {immutable ? IdKind::immutable_attachment : IdKind::attachment, message.key,
                                         immutable ? 0 : message.incarnation, number});
}

void write_item(JsonText& out, const mime::Part& part) {
  const auto headers = mime::scan_headers(part.body);
  out.key("item");
  out.open('{');
  out.field("@odata.type", "#microsoft.graph.message");
  out.field("internetMessageId", mime::find_header(headers, "Message-ID"));
  out.field("subject", mime::decode_header(mime::find_header(headers, "Subject")));
  const auto from = mime::parse_addresses(mime::find_header(headers, "From"));
  if (!from.empty()) {
    out.key("from");
    write_recipient(out, from.front());
  }
  out.close('}');
}

std::vector<std::string> checked_select(const QueryOptions& options) {
  auto names = split_list(options.get("$select"));
  for (const auto& name : names) {
    if (!has_property("attachment", name)) {
      bad_request("Parsing OData Select and Expand failed: Could not find a property named '" + name +
                  "' on type 'microsoft.graph.attachment'.");
    }
  }
  return names;
}

bool wants_item(const QueryOptions& options) {
  const auto& expand = options.get("$expand");
  if (!expand.empty() && !equals_ignoring_ascii_case(expand, "microsoft.graph.itemattachment/item")) {
    bad_request("Parsing OData Select and Expand failed: '" + expand + "' cannot be expanded on attachments.");
  }
  return !expand.empty();
}

Response list(Call& call, const Message& message) {
  const QueryOptions options(call.request.query,
                             {"$select", "$top", "$skip", "$count", "$expand", "$orderby", "$filter"});
  const auto select = checked_select(options);
  const auto root = mime::parse_parts(message.raw());
  const auto all = attachments_of(message, root);
  const auto skip = std::min(options.number("$skip", 0, 1 << 20).value_or(0), all.size());
  const auto end = std::min(all.size(), skip + options.number("$top", 1, 1000).value_or(1000));
  JsonText out;
  out.open('{');
  out.field("@odata.context", call.context("messages('" + percent_encode(call.id(message)) + "')/attachments"));
  if (options.flag("$count")) {
    out.field("@odata.count", static_cast<std::int64_t>(all.size()));
  }
  if (end < all.size()) {
    out.field("@odata.nextLink", call.url_with({{"$skip", std::to_string(end)}}));
  }
  out.key("value");
  out.open('[');
  for (auto at = skip; at < end; ++at) {
    write_attachment(out, call, message, all[at], select, {}, wants_item(options));
  }
  out.close(']');
  out.close('}');
  return json_response(200, std::move(out).take());
}

void require_draft(const Message& message) {
  if (!message.draft) {
    fail(400, "ErrorInvalidOperation", "Attachments can only be changed on drafts.");
  }
}

Response add(Call& call, Message& message) {
  require_draft(message);
  const auto body = parse_object(call.json_body());
  check_object(body, "attachment");
  const auto number = add_attachment(call.box(), message, attachment_from_json(body), call.now);
  const auto root = mime::parse_parts(message.raw());
  JsonText out;
  for (const auto& info : attachments_of(message, root)) {
    if (info.number == number) {
      write_attachment(out, call, message, info, {},
                       call.context("messages('" + percent_encode(call.id(message)) + "')/attachments/$entity"));
    }
  }
  return json_response(201, std::move(out).take());
}

Response create_session(Call& call, Message& message) {
  call.require({"Mail.ReadWrite"});
  require_draft(message);
  const auto parameters = action_parameters(call.json_body(), {"AttachmentItem:attachmentItem"});
  const auto item = parameters.value("AttachmentItem", nlohmann::json());
  if (!item.is_object() || !item.contains("name") || !item.contains("size") || !item.contains("attachmentType")) {
    fail(400, "ErrorInvalidRequest", "AttachmentItem needs attachmentType, name and size.");
  }
  const auto text = [&](const char* name) {
    const auto found = item.find(name);
    return found != item.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  const auto size = item["size"].get<std::int64_t>();
  if (size < static_cast<std::int64_t>(kSessionMinimum)) {
    fail(400, "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize",
         "Attachment size must be greater than the minimum size.");
  }
  if (static_cast<std::uint64_t>(size) > call.world.limits.max_message_bytes) {
    fail(400, "ErrorAttachmentSizeShouldNotExceedMaximumSize", "Attachment size must not exceed the maximum size.");
  }
  Upload upload;
  upload.owner = call.box().email();
  upload.message = message.key;
  upload.name = text("name");
  upload.content_type = text("contentType").empty() ? "application/octet-stream" : text("contentType");
  upload.content_id = text("contentId");
  upload.is_inline = item.contains("isInline") && item["isInline"].is_boolean() && item["isInline"].get<bool>();
  upload.size = static_cast<std::uint64_t>(size);
  upload.expires = call.now + kSessionLife;
  const auto secret = base64url(sha256(call.box().email() + std::to_string(++call.world.counter)));
  JsonText out;
  out.open('{');
  out.field("@odata.context", call.root + "/$metadata#microsoft.graph.uploadSession");
  out.field("uploadUrl", origin_of(call.request) + "/_upload/graph/AttachmentSessions?authtoken=" + secret);
  out.field("expirationDateTime", graph_time(to_unix_seconds(upload.expires)));
  out.key("nextExpectedRanges");
  out.raw("[\"0-\"]");
  out.close('}');
  call.world.uploads[secret] = std::move(upload);
  return json_response(201, std::move(out).take());
}

Response content(const AttachmentInfo& info) {
  Response response;
  response.headers.emplace_back("Content-Type", info.part->mime_type);
  response.body = info.part->body;
  return response;
}

Response one(Call& call, Message& message, std::size_t at) {
  const auto id = decode_id(call.box().number(), call.path[at]);
  if (!id || (id->kind != IdKind::attachment && id->kind != IdKind::immutable_attachment)) {
    malformed_id();
  }
  const auto root = mime::parse_parts(message.raw());
  const auto all = attachments_of(message, root);
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const AttachmentInfo& info) { return info.number == id->attachment; });
  const bool stale = id->kind == IdKind::attachment && id->incarnation != message.incarnation;
  if (id->key != message.key || stale || found == all.end()) {
    item_not_found();
  }
  const bool value = at + 1 < call.path.size();
  if (value && (call.path[at + 1] != "$value" || at + 2 < call.path.size())) {
    bad_request("Resource not found for the segment '" + call.path[at + 1] + "'.");
  }
  if (call.method() == "GET" && value) {
    const QueryOptions none(call.request.query, {});
    return content(*found);
  }
  if (call.method() == "GET") {
    const QueryOptions options(call.request.query, {"$select", "$expand"});
    JsonText out;
    write_attachment(out, call, message, *found, checked_select(options),
                     call.context("messages('" + percent_encode(call.id(message)) + "')/attachments/$entity"),
                     wants_item(options));
    return json_response(200, std::move(out).take());
  }
  if (call.method() == "DELETE" && !value) {
    call.require({"Mail.ReadWrite"});
    require_draft(message);
    remove_attachment(call.box(), message, id->attachment, call.now);
    return empty_response(204);
  }
  method_not_allowed("The HTTP method '" + call.method() + "' is not supported on attachments.");
}

}  // namespace

std::vector<AttachmentInfo> attachments_of(const Message& message, const mime::Part& root) {
  std::vector<AttachmentInfo> out;
  collect(root, out);
  for (std::size_t at = 0; at < out.size(); ++at) {
    out[at].number =
        at < message.attachment_numbers.size() ? message.attachment_numbers[at] : static_cast<std::uint16_t>(at + 1);
  }
  return out;
}

void write_attachment(JsonText& out, const Call& call, const Message& message, const AttachmentInfo& info,
                      const std::vector<std::string>& select, std::string_view context, bool with_item) {
  const auto has = [&](std::string_view name) {
    return select.empty() || std::find(select.begin(), select.end(), name) != select.end();
  };
  const auto& part = *info.part;
  out.open('{');
  if (!context.empty()) out.field("@odata.context", context);
  out.field("@odata.type", info.is_item ? "#microsoft.graph.itemAttachment" : "#microsoft.graph.fileAttachment");
  if (!info.is_item) out.field("@odata.mediaContentType", part.mime_type);
  out.field("id", attachment_id(call, message, info.number));
  if (has("lastModifiedDateTime")) out.field("lastModifiedDateTime", graph_time(message.modified));
  if (has("name")) out.field("name", info.name);
  if (has("contentType")) {
    // Graph knows no content type for an attached item.
    info.is_item ? out.null_field("contentType") : out.field("contentType", part.mime_type);
  }
  if (has("size")) out.field("size", static_cast<std::int64_t>(part.body.size()) + kOverhead);
  if (has("isInline")) out.field("isInline", info.is_inline);
  if (!info.is_item) {
    if (has("contentId")) {
      part.content_id.empty() ? out.null_field("contentId") : out.field("contentId", part.content_id);
    }
    if (has("contentLocation")) out.null_field("contentLocation");
    if (has("contentBytes")) out.field("contentBytes", base64(part.body));
  } else if (with_item) {
    write_item(out, part);
  }
  out.close('}');
}

Response handle_attachments(Call& call, Message& message, std::size_t at) {
  call.require({"Mail.Read", "Mail.ReadWrite"});
  const bool single = at + 1 < call.path.size();
  if (single && call.path[at + 1] == "$count") {
    const auto root = mime::parse_parts(message.raw());
    Response response;
    response.headers.emplace_back("Content-Type", "text/plain");
    response.body = std::to_string(attachments_of(message, root).size());
    return response;
  }
  if (single && equals_ignoring_ascii_case(call.path[at + 1], "createUploadSession") && call.method() == "POST") {
    return create_session(call, message);
  }
  if (single) {
    return one(call, message, at + 1);
  }
  if (call.method() == "GET") {
    return list(call, message);
  }
  if (call.method() == "POST") {
    call.require({"Mail.ReadWrite"});
    return add(call, message);
  }
  method_not_allowed("The HTTP method '" + call.method() + "' is not supported on attachments.");
}

}  // namespace mailmgr::sandbox::graph
