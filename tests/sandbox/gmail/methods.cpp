#include "tests/sandbox/gmail/methods.h"

#include <sstream>

#include "core/base/encoding.h"

namespace mailmgr::sandbox::gmail {
namespace {

// name, HTTP method, path after /gmail/v1/users/{userId}/, request and response type, units (new/old where they
// differ), largest upload, scopes; the indented lines under a method are its query parameters. Units are those of
// "Usage limits" as of 1 May 2026; what that page does not list costs as its neighbours do.
constexpr const char* kTable = R"(
getProfile GET profile - Profile 1 - mail,compose,metadata,modify,readonly
watch POST watch WatchRequest WatchResponse 100 - mail,metadata,modify,readonly
stop POST stop - - 50 - mail,metadata,modify,readonly
drafts.delete DELETE drafts/{id} - - 10 - mail,compose,modify
drafts.create POST drafts Draft Draft 10 36700160 mail,compose,modify
drafts.get GET drafts/{id} - Draft 20/5 - mail,compose,modify,readonly
  format:enum(minimal|full|raw|metadata)
drafts.list GET drafts - ListDraftsResponse 5 - mail,compose,modify,readonly
  includeSpamTrash:boolean maxResults:uint32 pageToken:string q:string
drafts.send POST drafts/send Draft Message 100 36700160 mail,compose,modify
drafts.update PUT drafts/{id} Draft Draft 15 36700160 mail,compose,modify
history.list GET history - ListHistoryResponse 2 - mail,metadata,modify,readonly
  historyTypes:enum(messageAdded|messageDeleted|labelAdded|labelRemoved)* labelId:string maxResults:uint32
  pageToken:string startHistoryId:uint64
messages.trash POST messages/{id}/trash - Message 20/5 - mail,modify
messages.untrash POST messages/{id}/untrash - Message 5 - mail,modify
messages.delete DELETE messages/{id} - - 10 - mail
messages.batchDelete POST messages/batchDelete BatchDeleteMessagesRequest - 50 - mail
messages.import POST messages/import Message Message 25 157286400 mail,insert,modify
  deleted:boolean internalDateSource:enum(receivedTime|dateHeader) neverMarkSpam:boolean
  processForCalendar:boolean
messages.insert POST messages Message Message 25 157286400 mail,insert,modify
  deleted:boolean internalDateSource:enum(receivedTime|dateHeader)
messages.get GET messages/{id} - Message 20/5 - mail,metadata,modify,readonly
  format:enum(minimal|full|raw|metadata) metadataHeaders:string*
messages.send POST messages/send Message Message 100 36700160 mail,compose,modify,send
messages.list GET messages - ListMessagesResponse 5 - mail,metadata,modify,readonly
  includeSpamTrash:boolean labelIds:string* maxResults:uint32 pageToken:string q:string
messages.modify POST messages/{id}/modify ModifyMessageRequest Message 5 - mail,modify
messages.batchModify POST messages/batchModify BatchModifyMessagesRequest - 50 - mail,modify
messages.attachments.get GET messages/{messageId}/attachments/{id} - MessagePartBody 20/5 - mail,modify,readonly
labels.create POST labels Label Label 5 - mail,labels,modify
labels.delete DELETE labels/{id} - - 5 - mail,labels,modify
labels.get GET labels/{id} - Label 1 - mail,labels,metadata,modify,readonly
labels.list GET labels - ListLabelsResponse 1 - mail,labels,metadata,modify,readonly
labels.update PUT labels/{id} Label Label 5 - mail,labels,modify
labels.patch PATCH labels/{id} Label Label 5 - mail,labels,modify
threads.trash POST threads/{id}/trash - Thread 20/10 - mail,modify
threads.untrash POST threads/{id}/untrash - Thread 10 - mail,modify
threads.delete DELETE threads/{id} - - 20 - mail
threads.get GET threads/{id} - Thread 40/10 - mail,metadata,modify,readonly
  format:enum(full|metadata|minimal) metadataHeaders:string*
threads.list GET threads - ListThreadsResponse 10 - mail,metadata,modify,readonly
  includeSpamTrash:boolean labelIds:string* maxResults:uint32 pageToken:string q:string
threads.modify POST threads/{id}/modify ModifyThreadRequest Thread 10 - mail,modify
settings.getImap GET settings/imap - ImapSettings 1 - mail,modify,readonly,settings.basic
settings.updateImap PUT settings/imap ImapSettings ImapSettings 5 - settings.basic
settings.getPop GET settings/pop - PopSettings 1 - mail,modify,readonly,settings.basic
settings.updatePop PUT settings/pop PopSettings PopSettings 100 - settings.basic
settings.getVacation GET settings/vacation - VacationSettings 1 - mail,modify,readonly,settings.basic
settings.updateVacation PUT settings/vacation VacationSettings VacationSettings 5 - settings.basic
settings.getLanguage GET settings/language - LanguageSettings 1 - mail,modify,readonly,settings.basic
settings.updateLanguage PUT settings/language LanguageSettings LanguageSettings 5 - settings.basic
settings.getAutoForwarding GET settings/autoForwarding - AutoForwarding 1 - mail,modify,readonly,settings.basic
settings.updateAutoForwarding PUT settings/autoForwarding AutoForwarding AutoForwarding 5 - settings.sharing
settings.sendAs.list GET settings/sendAs - ListSendAsResponse 1 - mail,modify,readonly,settings.basic
settings.sendAs.get GET settings/sendAs/{sendAsEmail} - SendAs 1 - mail,modify,readonly,settings.basic
settings.sendAs.create POST settings/sendAs SendAs SendAs 100 - settings.sharing
settings.sendAs.update PUT settings/sendAs/{sendAsEmail} SendAs SendAs 100 - settings.basic,settings.sharing
settings.sendAs.patch PATCH settings/sendAs/{sendAsEmail} SendAs SendAs 100 - settings.basic,settings.sharing
settings.sendAs.delete DELETE settings/sendAs/{sendAsEmail} - - 5 - settings.sharing
settings.sendAs.verify POST settings/sendAs/{sendAsEmail}/verify - - 100 - settings.sharing
settings.filters.list GET settings/filters - ListFiltersResponse 1 - mail,modify,readonly,settings.basic
settings.filters.get GET settings/filters/{id} - Filter 1 - mail,modify,readonly,settings.basic
settings.filters.create POST settings/filters Filter Filter 5 - settings.basic
settings.filters.delete DELETE settings/filters/{id} - - 5 - settings.basic
settings.forwardingAddresses.list GET settings/forwardingAddresses - ListForwardingAddressesResponse 1 - mail,modify,readonly,settings.basic
settings.forwardingAddresses.get GET settings/forwardingAddresses/{forwardingEmail} - ForwardingAddress 1 - mail,modify,readonly,settings.basic
settings.forwardingAddresses.create POST settings/forwardingAddresses ForwardingAddress ForwardingAddress 100 - settings.sharing
settings.forwardingAddresses.delete DELETE settings/forwardingAddresses/{forwardingEmail} - - 5 - settings.sharing
settings.delegates.list GET settings/delegates - ListDelegatesResponse 1 - mail,modify,readonly,settings.basic
settings.delegates.get GET settings/delegates/{delegateEmail} - Delegate 1 - mail,modify,readonly,settings.basic
settings.delegates.create POST settings/delegates Delegate Delegate 100 - settings.sharing
settings.delegates.delete DELETE settings/delegates/{delegateEmail} - - 5 - settings.sharing
)";

constexpr std::string_view kScopePrefix = "https://www.googleapis.com/auth/gmail.";

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  std::istringstream in{std::string(text)};
  for (std::string part; std::getline(in, part, separator);) {
    parts.push_back(part);
  }
  return parts;
}

Method parse_method(const std::string& line) {
  std::istringstream words(line);
  Method method;
  std::string path, units, upload, scopes;
  words >> method.name >> method.http >> path >> method.request >> method.response >> units >> upload >> scopes;
  method.path = split(path, '/');
  method.request = method.request == "-" ? "" : method.request;
  method.response = method.response == "-" ? "" : method.response;
  const auto costs = split(units, '/');
  method.units_new = std::stoull(costs.front());
  method.units_old = std::stoull(costs.back());
  method.max_upload = upload == "-" ? 0 : std::stoull(upload);
  for (const auto& scope : split(scopes, ',')) {
    method.scopes.push_back(scope == "mail" ? "https://mail.google.com/" : std::string(kScopePrefix) + scope);
  }
  return method;
}

// A segment must decode to something; "{name}" in the template takes any.
bool match(const Method& method, const std::vector<std::string>& segments, PathVariables& variables) {
  if (method.path.size() != segments.size()) {
    return false;
  }
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const auto& expected = method.path[i];
    if (expected.starts_with('{')) {
      const auto decoded = percent_decode(segments[i]);
      if (!decoded || decoded->empty()) {
        return false;
      }
      variables[expected.substr(1, expected.size() - 2)] = *decoded;
    } else if (expected != segments[i]) {
      return false;
    }
  }
  return true;
}

}  // namespace

MethodTable::MethodTable() {
  std::istringstream lines(kTable);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) {
      continue;
    }
    if (!line.starts_with(' ')) {
      methods_.push_back(parse_method(line));
      continue;
    }
    std::istringstream words(line);
    for (std::string word; words >> word;) {
      const auto colon = word.find(':');
      methods_.back().parameters.emplace(word.substr(0, colon), parse_field_type(word.substr(colon + 1)));
    }
  }
}

std::optional<Route> MethodTable::find(std::string_view http, std::string_view path) const {
  Route route;
  if (path.starts_with("/upload/")) {
    route.upload = true;
    path.remove_prefix(7);
  } else if (path.starts_with("/resumable/upload/")) {
    route.upload = true;
    path.remove_prefix(17);
  }
  constexpr std::string_view kBase = "/gmail/v1/users/";
  if (!path.starts_with(kBase)) {
    return std::nullopt;
  }
  auto segments = split(path.substr(kBase.size()), '/');
  if (segments.size() < 2 || path.ends_with('/')) {
    return std::nullopt;
  }
  const auto user = percent_decode(segments.front());
  if (!user) {
    return std::nullopt;
  }
  route.user = *user;
  segments.erase(segments.begin());
  for (const auto& method : methods_) {
    route.variables.clear();
    const bool verb = method.http == http || (route.upload && http == "PUT" && method.max_upload > 0);
    if (verb && match(method, segments, route.variables) && (!route.upload || method.max_upload > 0)) {
      route.method = &method;
      return route;
    }
  }
  return std::nullopt;
}

}  // namespace mailmgr::sandbox::gmail
