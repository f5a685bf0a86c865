#include "tests/sandbox/gmail/schema.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "core/base/encoding.h"
#include "tests/sandbox/gmail/errors.h"

namespace mailmgr::sandbox::gmail {
namespace {

constexpr int kDeepestObject = 50;

// One schema per entry: its name, then field:type; * is repeated. A line that starts with a space continues the entry.
constexpr const char* kObjects = R"(
Draft id:string message:Message
Message id:string threadId:string labelIds:string* snippet:string historyId:uint64 internalDate:int64
  payload:MessagePart sizeEstimate:int32 raw:bytes classificationLabelValues:ClassificationLabelValue*
MessagePart partId:string mimeType:string filename:string headers:MessagePartHeader* body:MessagePartBody
  parts:MessagePart*
MessagePartHeader name:string value:string
MessagePartBody attachmentId:string size:int32 data:bytes
ClassificationLabelValue labelId:string fields:ClassificationLabelFieldValue*
ClassificationLabelFieldValue fieldId:string selection:string
ListDraftsResponse drafts:Draft* nextPageToken:string resultSizeEstimate:uint32
ListHistoryResponse history:History* nextPageToken:string historyId:uint64
History id:uint64 messages:Message* messagesAdded:HistoryMessageAdded* messagesDeleted:HistoryMessageDeleted*
  labelsAdded:HistoryLabelAdded* labelsRemoved:HistoryLabelRemoved*
HistoryMessageAdded message:Message
HistoryMessageDeleted message:Message
HistoryLabelAdded message:Message labelIds:string*
HistoryLabelRemoved message:Message labelIds:string*
BatchDeleteMessagesRequest ids:string*
ListMessagesResponse messages:Message* nextPageToken:string resultSizeEstimate:uint32
ModifyMessageRequest addLabelIds:string* removeLabelIds:string* addClassificationLabels:ClassificationLabelValue*
  removeClassificationLabelIds:string*
BatchModifyMessagesRequest ids:string* addLabelIds:string* removeLabelIds:string*
  addClassificationLabels:ClassificationLabelValue* removeClassificationLabelIds:string*
Label id:string name:string messageListVisibility:enum(show|hide)
  labelListVisibility:enum(labelShow|labelShowIfUnread|labelHide) type:enum(system|user) messagesTotal:int32
  messagesUnread:int32 threadsTotal:int32 threadsUnread:int32 color:LabelColor
LabelColor textColor:string backgroundColor:string
ListLabelsResponse labels:Label*
Profile emailAddress:string messagesTotal:int32 threadsTotal:int32 historyId:uint64
WatchRequest labelIds:string* labelFilterAction:enum(include|exclude) labelFilterBehavior:enum(include|exclude)
  topicName:string
WatchResponse historyId:uint64 expiration:int64
Thread id:string snippet:string historyId:uint64 messages:Message*
ListThreadsResponse threads:Thread* nextPageToken:string resultSizeEstimate:uint32
ModifyThreadRequest addLabelIds:string* removeLabelIds:string*
ListSendAsResponse sendAs:SendAs*
SendAs sendAsEmail:string displayName:string replyToAddress:string signature:string isPrimary:boolean
  isDefault:boolean treatAsAlias:boolean smtpMsa:SmtpMsa
  verificationStatus:enum(verificationStatusUnspecified|accepted|pending)
SmtpMsa host:string port:int32 username:string password:string
  securityMode:enum(securityModeUnspecified|none|ssl|starttls)
ListFiltersResponse filter:Filter*
Filter id:string criteria:FilterCriteria action:FilterAction
FilterCriteria from:string to:string subject:string query:string negatedQuery:string hasAttachment:boolean
  excludeChats:boolean size:int32 sizeComparison:enum(unspecified|smaller|larger)
FilterAction addLabelIds:string* removeLabelIds:string* forward:string
ImapSettings enabled:boolean autoExpunge:boolean
  expungeBehavior:enum(expungeBehaviorUnspecified|archive|trash|deleteForever) maxFolderSize:int32
PopSettings accessWindow:enum(accessWindowUnspecified|disabled|fromNowOn|allMail)
  disposition:enum(dispositionUnspecified|leaveInInbox|archive|trash|markRead)
VacationSettings enableAutoReply:boolean responseSubject:string responseBodyPlainText:string responseBodyHtml:string
  restrictToContacts:boolean restrictToDomain:boolean startTime:int64 endTime:int64
LanguageSettings displayLanguage:string
ListForwardingAddressesResponse forwardingAddresses:ForwardingAddress*
ForwardingAddress forwardingEmail:string verificationStatus:enum(verificationStatusUnspecified|accepted|pending)
AutoForwarding enabled:boolean emailAddress:string
  disposition:enum(dispositionUnspecified|leaveInInbox|archive|trash|markRead)
ListDelegatesResponse delegates:Delegate*
Delegate delegateEmail:string
  verificationStatus:enum(verificationStatusUnspecified|accepted|pending|rejected|expired)
)";

// Brackets outside of strings; the parser is only given what it can take apart without deep recursion anywhere.
bool nested_too_deeply(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        in_string = false;
      }
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kDeepestObject) {
        return true;
      }
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

std::string type_name(const FieldType& type) {
  if (type.type == "enum") {
    return "TYPE_ENUM";
  }
  std::string upper = "TYPE_";
  for (const char c : type.type == "boolean" ? "bool" : type.type) {
    upper += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  }
  return upper;
}

std::optional<std::int64_t> whole_number(const nlohmann::json& value) {
  if (value.is_number_integer()) {
    return value.get<std::int64_t>();
  }
  if (!value.is_string()) {
    return std::nullopt;
  }
  const auto& text = value.get_ref<const std::string&>();
  const bool negative = text.starts_with('-');
  const bool digits = text.find_first_not_of("0123456789", negative ? 1 : 0) == std::string::npos;
  if (!digits || text.size() <= (negative ? 1U : 0U) || text.size() > 18) {
    return std::nullopt;
  }
  return std::stoll(text);
}

}  // namespace

FieldType parse_field_type(std::string_view text) {
  FieldType type;
  type.repeated = text.ends_with('*');
  text.remove_suffix(type.repeated ? 1 : 0);
  const auto open = text.find('(');
  type.type = text.substr(0, open);
  if (open != std::string_view::npos) {
    std::istringstream values{std::string(text.substr(open + 1, text.size() - open - 2))};
    for (std::string value; std::getline(values, value, '|');) {
      type.enum_values.push_back(value);
    }
  }
  return type;
}

Schemas::Schemas() {
  std::istringstream lines(kObjects);
  std::string schema;
  for (std::string line; std::getline(lines, line);) {
    const bool continued = line.starts_with(' ');
    std::istringstream words(line);
    if (!continued) {
      words >> schema;
    }
    for (std::string word; words >> word;) {
      const auto colon = word.find(':');
      schemas_[schema][word.substr(0, colon)] = parse_field_type(word.substr(colon + 1));
    }
  }
}

bool Schemas::has(std::string_view schema) const {
  return schemas_.find(schema) != schemas_.end();
}

const FieldType* Schemas::field(std::string_view schema, std::string_view name) const {
  const auto found = schemas_.find(schema);
  if (found == schemas_.end()) {
    return nullptr;
  }
  const auto field = found->second.find(name);
  return field == found->second.end() ? nullptr : &field->second;
}

void Schemas::check(nlohmann::json& body, std::string_view schema, const std::string& at) const {
  for (auto item = body.begin(); item != body.end();) {
    const FieldType* type = field(schema, item.key());
    if (!type) {
      throw unknown_name(item.key(), at, false);
    }
    if (item->is_null()) {
      item = body.erase(item);
      continue;
    }
    const std::string where = at.empty() ? item.key() : at + "." + item.key();
    if (!type->repeated) {
      check_value(*item, *type, where);
    } else if (!item->is_array()) {
      throw invalid_value(where, "LIST", item->dump());
    } else {
      for (std::size_t i = 0; i < item->size(); ++i) {
        check_value((*item)[i], *type, where + "[" + std::to_string(i) + "]");
      }
    }
    ++item;
  }
}

void Schemas::check_value(nlohmann::json& value, const FieldType& type, const std::string& at) const {
  const auto refuse = [&] {
    return invalid_value(at, type_name(type), value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  };
  if (has(type.type)) {
    if (!value.is_object()) {
      throw refuse();
    }
    return check(value, type.type, at);
  }
  if (type.type == "boolean") {
    if (!value.is_boolean()) {
      throw refuse();
    }
    return;
  }
  if (type.type == "string" || type.type == "bytes" || type.type == "enum") {
    if (!value.is_string()) {
      throw refuse();
    }
    const auto& text = value.get_ref<const std::string&>();
    const bool listed = type.type != "enum" ||
                        std::find(type.enum_values.begin(), type.enum_values.end(), text) != type.enum_values.end();
    if (!listed) {
      throw refuse();
    }
    return;
  }
  const auto number = whole_number(value);
  const bool wide = type.type.ends_with("64");
  if (!number || (type.type.starts_with('u') && *number < 0) ||
      (!wide &&
       (*number > std::numeric_limits<std::uint32_t>::max() || *number < std::numeric_limits<std::int32_t>::min()))) {
    throw refuse();
  }
  value = wide ? nlohmann::json(std::to_string(*number)) : nlohmann::json(*number);
}

nlohmann::json parse_body(std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return nlohmann::json::object();
  }
  if (nested_too_deeply(text)) {
    throw bad_json("Message too deep. Max recursion depth reached.");
  }
  auto body = nlohmann::json::parse(text, nullptr, false);
  if (body.is_discarded()) {
    throw bad_json("Parse error.");
  }
  if (!body.is_object()) {
    throw bad_json("Root element must be a message.");
  }
  return body;
}

}  // namespace mailmgr::sandbox::gmail
