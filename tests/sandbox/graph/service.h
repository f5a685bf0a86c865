// The Microsoft Graph mail stand-in: /v1.0/me/…, /v1.0/users/{id|upn}/…, /v1.0/$batch and the upload URLs of large
// attachments. It follows Microsoft's documents and schema (Graph v1.0, CSDL of 2026) and models the behaviour that
// clients get wrong: ids that change on moves, sparse and repeated delta items, regenerated MIME, ids that differ only
// in case. All state is in memory and belongs to the service; calls are serialised by its owner.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "tests/sandbox/api.h"

namespace mailmgr::sandbox {

// The service limits of "Microsoft Graph service-specific throttling limits: Outlook", and what the documents leave
// open.
struct GraphLimits {
  int requests_per_10_minutes = 0;                 // per mailbox; the real figure is 10,000; 0 is off
  int max_concurrent = 4;                          // requests of one mailbox in flight; 0 is off
  std::uint64_t upload_bytes_per_5_minutes = 0;    // PATCH, POST and PUT bodies per mailbox; real: 150 MB; 0 is off
  std::uint64_t max_request_bytes = 4 << 20;       // a larger body is 413
  std::uint64_t max_message_bytes = 150ULL << 20;  // of one attachment
  int sent_delay_seconds = 0;                      // how long sent mail stays in the Outbox before Sent Items
  bool restless_delta = true;                      // empty pages with a nextLink and repeated items, now and then
  bool delete_keeps_in_trash = false;              // DELETE moves to Deleted Items (undocumented) instead of removing
};

// Mail that was accepted for sending leaves through here, once per recipient, without its Bcc header.
using DeliverMail = std::function<void(const std::string& recipient, const std::string& raw)>;

// `faults` must outlive the service.
std::unique_ptr<MailService> make_graph_service(FaultSource& faults, GraphLimits limits = {}, DeliverMail deliver = {});

// Whether `path` is an upload URL of this service. Those are pre-authenticated: they come without a token, and the
// front passes them on with an empty Session.
bool is_upload_path(std::string_view path);

}  // namespace mailmgr::sandbox
