#include "tests/sandbox/graph/schema.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <span>

#include "core/base/encoding.h"
#include "tests/sandbox/graph/fault.h"

namespace mailmgr::sandbox::graph {
namespace {

using nlohmann::json;

struct Property {
  std::string_view name;
  std::string_view
      type;  // string boolean int date binary, a type below, an enumeration "a|b"; "[]" behind: a collection
};
struct Type {
  std::string_view name;
  std::span<const Property> properties;
};

constexpr Property kMessage[] = {
    {"id", "string"},
    {"categories", "string[]"},
    {"changeKey", "string"},
    {"createdDateTime", "date"},
    {"lastModifiedDateTime", "date"},
    {"bccRecipients", "recipient[]"},
    {"body", "itemBody"},
    {"bodyPreview", "string"},
    {"ccRecipients", "recipient[]"},
    {"conversationId", "string"},
    {"conversationIndex", "binary"},
    {"flag", "followupFlag"},
    {"from", "recipient"},
    {"hasAttachments", "boolean"},
    {"importance", "low|normal|high"},
    {"inferenceClassification", "focused|other"},
    {"internetMessageHeaders", "internetMessageHeader[]"},
    {"internetMessageId", "string"},
    {"isDeliveryReceiptRequested", "boolean"},
    {"isDraft", "boolean"},
    {"isRead", "boolean"},
    {"isReadReceiptRequested", "boolean"},
    {"parentFolderId", "string"},
    {"receivedDateTime", "date"},
    {"replyTo", "recipient[]"},
    {"sender", "recipient"},
    {"sentDateTime", "date"},
    {"subject", "string"},
    {"toRecipients", "recipient[]"},
    {"uniqueBody", "itemBody"},
    {"webLink", "string"},
    {"attachments", "attachment[]"},
    {"multiValueExtendedProperties", "multiValueLegacyExtendedProperty[]"},
    {"singleValueExtendedProperties", "singleValueLegacyExtendedProperty[]"},
};
constexpr Property kRecipient[] = {{"emailAddress", "emailAddress"}};
constexpr Property kEmailAddress[] = {{"address", "string"}, {"name", "string"}};
constexpr Property kItemBody[] = {{"content", "string"}, {"contentType", "text|html"}};
constexpr Property kFollowupFlag[] = {{"completedDateTime", "dateTimeTimeZone"},
                                      {"dueDateTime", "dateTimeTimeZone"},
                                      {"flagStatus", "notFlagged|complete|flagged"},
                                      {"startDateTime", "dateTimeTimeZone"}};
constexpr Property kDateTimeTimeZone[] = {{"dateTime", "string"}, {"timeZone", "string"}};
constexpr Property kInternetMessageHeader[] = {{"name", "string"}, {"value", "string"}};
constexpr Property kAttachment[] = {{"id", "string"},
                                    {"contentType", "string"},
                                    {"isInline", "boolean"},
                                    {"lastModifiedDateTime", "date"},
                                    {"name", "string"},
                                    {"size", "int"},
                                    {"contentBytes", "binary"},
                                    {"contentId", "string"},
                                    {"contentLocation", "string"},
                                    {"item", "message"}};
constexpr Property kAttachmentItem[] = {{"attachmentType", "file|item|reference"},
                                        {"contentId", "string"},
                                        {"contentType", "string"},
                                        {"isInline", "boolean"},
                                        {"name", "string"},
                                        {"size", "int"}};
constexpr Property kSingleValue[] = {{"id", "string"}, {"value", "string"}};
constexpr Property kMultiValue[] = {{"id", "string"}, {"value", "string[]"}};
constexpr Property kMailFolder[] = {{"id", "string"},
                                    {"childFolderCount", "int"},
                                    {"displayName", "string"},
                                    {"isHidden", "boolean"},
                                    {"parentFolderId", "string"},
                                    {"totalItemCount", "int"},
                                    {"unreadItemCount", "int"},
                                    {"singleValueExtendedProperties", "singleValueLegacyExtendedProperty[]"},
                                    {"multiValueExtendedProperties", "multiValueLegacyExtendedProperty[]"}};
constexpr Property kOutlookCategory[] = {
    {"id", "string"},
    {"color",
     "none|preset0|preset1|preset2|preset3|preset4|preset5|preset6|preset7|preset8|preset9|preset10|preset11|preset12|"
     "preset13|preset14|preset15|preset16|preset17|preset18|preset19|preset20|preset21|preset22|preset23|preset24"},
    {"displayName", "string"}};
constexpr Property kMailboxSettings[] = {{"archiveFolder", "string"},
                                         {"automaticRepliesSetting", "automaticRepliesSetting"},
                                         {"dateFormat", "string"},
                                         {"delegateMeetingMessageDeliveryOptions",
                                          "sendToDelegateAndInformationToPrincipal|sendToDelegateAndPrincipal|"
                                          "sendToDelegateOnly"},
                                         {"language", "localeInfo"},
                                         {"timeFormat", "string"},
                                         {"timeZone", "string"},
                                         {"userPurpose", "string"},
                                         {"workingHours", "workingHours"}};
constexpr Property kAutomaticReplies[] = {{"externalAudience", "none|contactsOnly|all"},
                                          {"externalReplyMessage", "string"},
                                          {"internalReplyMessage", "string"},
                                          {"scheduledEndDateTime", "dateTimeTimeZone"},
                                          {"scheduledStartDateTime", "dateTimeTimeZone"},
                                          {"status", "disabled|alwaysEnabled|scheduled"}};
constexpr Property kLocaleInfo[] = {{"displayName", "string"}, {"locale", "string"}};
constexpr Property kWorkingHours[] = {
    {"daysOfWeek", "string[]"}, {"endTime", "string"}, {"startTime", "string"}, {"timeZone", "any"}};
constexpr Property kMessageRule[] = {{"id", "string"},
                                     {"actions", "messageRuleActions"},
                                     {"conditions", "messageRulePredicates"},
                                     {"displayName", "string"},
                                     {"exceptions", "messageRulePredicates"},
                                     {"hasError", "boolean"},
                                     {"isEnabled", "boolean"},
                                     {"isReadOnly", "boolean"},
                                     {"sequence", "int"}};
constexpr Property kRuleActions[] = {{"assignCategories", "string[]"},
                                     {"copyToFolder", "string"},
                                     {"delete", "boolean"},
                                     {"forwardAsAttachmentTo", "recipient[]"},
                                     {"forwardTo", "recipient[]"},
                                     {"markAsRead", "boolean"},
                                     {"markImportance", "low|normal|high"},
                                     {"moveToFolder", "string"},
                                     {"permanentDelete", "boolean"},
                                     {"redirectTo", "recipient[]"},
                                     {"stopProcessingRules", "boolean"}};
constexpr Property kRulePredicates[] = {{"bodyContains", "string[]"},
                                        {"bodyOrSubjectContains", "string[]"},
                                        {"categories", "string[]"},
                                        {"fromAddresses", "recipient[]"},
                                        {"hasAttachments", "boolean"},
                                        {"headerContains", "string[]"},
                                        {"importance", "low|normal|high"},
                                        {"isApprovalRequest", "boolean"},
                                        {"isAutomaticForward", "boolean"},
                                        {"isAutomaticReply", "boolean"},
                                        {"isEncrypted", "boolean"},
                                        {"isMeetingRequest", "boolean"},
                                        {"isMeetingResponse", "boolean"},
                                        {"isNonDeliveryReport", "boolean"},
                                        {"isPermissionControlled", "boolean"},
                                        {"isReadReceipt", "boolean"},
                                        {"isSigned", "boolean"},
                                        {"isVoicemail", "boolean"},
                                        {"messageActionFlag", "string"},
                                        {"notSentToMe", "boolean"},
                                        {"recipientContains", "string[]"},
                                        {"senderContains", "string[]"},
                                        {"sensitivity", "normal|personal|private|confidential"},
                                        {"sentCcMe", "boolean"},
                                        {"sentOnlyToMe", "boolean"},
                                        {"sentToAddresses", "recipient[]"},
                                        {"sentToMe", "boolean"},
                                        {"sentToOrCcMe", "boolean"},
                                        {"subjectContains", "string[]"},
                                        {"withinSizeRange", "sizeRange"}};
constexpr Property kSizeRange[] = {{"maximumSize", "int"}, {"minimumSize", "int"}};
constexpr Property kOverride[] = {
    {"id", "string"}, {"classifyAs", "focused|other"}, {"senderEmailAddress", "emailAddress"}};
// Of the user resource, what a mail client asks for.
constexpr Property kUser[] = {{"id", "string"},
                              {"accountEnabled", "boolean"},
                              {"businessPhones", "string[]"},
                              {"displayName", "string"},
                              {"givenName", "string"},
                              {"jobTitle", "string"},
                              {"mail", "string"},
                              {"mailNickname", "string"},
                              {"mobilePhone", "string"},
                              {"officeLocation", "string"},
                              {"otherMails", "string[]"},
                              {"preferredLanguage", "string"},
                              {"proxyAddresses", "string[]"},
                              {"surname", "string"},
                              {"userPrincipalName", "string"},
                              {"userType", "string"}};

constexpr std::array<Type, 23> kTypes = {{{"message", kMessage},
                                          {"recipient", kRecipient},
                                          {"emailAddress", kEmailAddress},
                                          {"itemBody", kItemBody},
                                          {"followupFlag", kFollowupFlag},
                                          {"dateTimeTimeZone", kDateTimeTimeZone},
                                          {"internetMessageHeader", kInternetMessageHeader},
                                          {"attachment", kAttachment},
                                          {"attachmentItem", kAttachmentItem},
                                          {"singleValueLegacyExtendedProperty", kSingleValue},
                                          {"multiValueLegacyExtendedProperty", kMultiValue},
                                          {"mailFolder", kMailFolder},
                                          {"outlookCategory", kOutlookCategory},
                                          {"mailboxSettings", kMailboxSettings},
                                          {"automaticRepliesSetting", kAutomaticReplies},
                                          {"localeInfo", kLocaleInfo},
                                          {"workingHours", kWorkingHours},
                                          {"messageRule", kMessageRule},
                                          {"messageRuleActions", kRuleActions},
                                          {"messageRulePredicates", kRulePredicates},
                                          {"inferenceClassificationOverride", kOverride},
                                          {"sizeRange", kSizeRange},
                                          {"user", kUser}}};

const Type* find_type(std::string_view name) {
  for (const auto& type : kTypes) {
    if (type.name == name) {
      return &type;
    }
  }
  return nullptr;
}

[[noreturn]] void wrong_type(std::string_view property, std::string_view type) {
  bad_body("Cannot convert the value of property '" + std::string(property) + "' to the expected type '" +
           std::string(type) + "'.");
}

void check_enumeration(std::string_view property, std::string_view values, const json& value) {
  if (!value.is_string()) {
    wrong_type(property, "Edm.String");
  }
  const auto& given = value.get_ref<const std::string&>();
  for (std::string_view rest = values; !rest.empty();) {
    const auto end = rest.find('|');
    if (equals_ignoring_ascii_case(rest.substr(0, end), given)) {
      return;
    }
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  bad_body("Requested value '" + given + "' was not found for property '" + std::string(property) + "'.");
}

void check_value(std::string_view property, std::string_view type, const json& value) {
  if (value.is_null() || type == "any") {
    return;
  }
  if (type.ends_with("[]")) {
    if (!value.is_array()) {
      wrong_type(property, "Collection");
    }
    for (const auto& element : value) {
      check_value(property, type.substr(0, type.size() - 2), element);
    }
    return;
  }
  if (type == "string" || type == "date" || type == "binary") {
    if (!value.is_string()) {
      wrong_type(property, type == "string" ? "Edm.String" : type == "date" ? "Edm.DateTimeOffset" : "Edm.Binary");
    }
    if (type == "date" && !from_rfc3339(value.get_ref<const std::string&>())) {
      wrong_type(property, "Edm.DateTimeOffset");
    }
    if (type == "binary" && !base64_decode(value.get_ref<const std::string&>())) {
      wrong_type(property, "Edm.Binary");
    }
    return;
  }
  if (type == "boolean") {
    return value.is_boolean() ? void() : wrong_type(property, "Edm.Boolean");
  }
  if (type == "int") {
    return value.is_number_integer() ? void() : wrong_type(property, "Edm.Int32");
  }
  if (type.find('|') != std::string_view::npos) {
    return check_enumeration(property, type, value);
  }
  if (!value.is_object()) {
    wrong_type(property, "microsoft.graph." + std::string(type));
  }
  check_object(value, type);
}

// A "microsoft.graph.fileAttachment" must not carry an item, and so on.
void check_attachment(const json& object) {
  const auto annotation = object.find("@odata.type");
  if (annotation == object.end() || !annotation->is_string()) {
    bad_body("The property '@odata.type' is required: microsoft.graph.attachment is abstract.");
  }
  std::string type = annotation->get<std::string>();
  if (type.starts_with('#')) {
    type.erase(0, 1);
  }
  const auto forbid = [&](std::string_view property) {
    if (object.contains(property)) {
      bad_body("The property '" + std::string(property) + "' does not exist on type '" + type + "'.");
    }
  };
  if (type == "microsoft.graph.fileAttachment") {
    forbid("item");
  } else if (type == "microsoft.graph.itemAttachment") {
    forbid("contentBytes");
    forbid("contentId");
    forbid("contentLocation");
  } else if (type != "microsoft.graph.referenceAttachment") {
    bad_body("A type named '" + type + "' could not be resolved by the model.");
  }
}

}  // namespace

nlohmann::json parse_object(std::string_view body) {
  auto value = json::parse(body, nullptr, false);
  if (!value.is_object()) {
    bad_request(
        "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid "
        "JSON format.");
  }
  return value;
}

void check_object(const json& object, std::string_view type_name) {
  const Type* type = find_type(type_name);
  for (const auto& [name, value] : object.items()) {
    if (name.find('@') != std::string::npos) {
      continue;
    }
    const auto property = std::find_if(type->properties.begin(), type->properties.end(),
                                       [&](const Property& known) { return known.name == name; });
    if (property == type->properties.end()) {
      bad_body("The property '" + name + "' does not exist on type 'microsoft.graph." + std::string(type_name) +
               "'. Make sure to only use property names that are defined by the type or mark the type as open type.");
    }
    check_value(name, property->type, value);
  }
  if (type_name == "attachment") {
    check_attachment(object);
  }
}

nlohmann::json action_parameters(std::string_view body, std::initializer_list<std::string_view> allowed) {
  json out = json::object();
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return out;
  }
  const auto object = parse_object(body);
  for (const auto& [name, value] : object.items()) {
    bool known = false;
    for (const auto parameter : allowed) {
      const auto colon = parameter.find(':');
      if (equals_ignoring_ascii_case(parameter.substr(0, colon), name)) {
        check_value(name, parameter.substr(colon + 1), value);
        out[std::string(parameter.substr(0, colon))] = value;
        known = true;
      }
    }
    if (!known) {
      bad_body("The parameter '" + name + "' in the request payload is not a valid parameter for the operation.");
    }
  }
  return out;
}

bool has_property(std::string_view type_name, std::string_view property) {
  const Type* type = find_type(type_name);
  return type != nullptr && std::any_of(type->properties.begin(), type->properties.end(),
                                        [&](const Property& known) { return known.name == property; });
}

}  // namespace mailmgr::sandbox::graph
