// The Gmail REST API (v1) as a MailService: what Google documents, with Google's error shapes, scopes and quota units.
// Paths: /gmail/v1/users/…, /upload/gmail/v1/…, /resumable/upload/gmail/v1/…, /batch/gmail/v1 and /batch.
//
// Links to resumable upload sessions are absolute: their origin is the request's X-Sandbox-Origin header if the front
// sets one ("https://127.0.0.1:8443/prefix"), else "http://" and the Host header.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "tests/sandbox/api.h"

namespace mailmgr::sandbox {

// Limits per user. gmail_new: projects since 1 May 2026; gmail_old: projects with earlier usage, at the earlier unit
// costs.
struct GmailQuota {
  std::uint64_t units = 0;  // in any `window`; 0: not enforced; they are counted with the new costs all the same
  bool old_costs = false;
  int max_in_flight = 0;            // requests of a user at once; 0: any
  std::size_t max_batch_parts = 0;  // parts of one batch that run at once, the rest is refused; 0: any (up to 100)
  milliseconds window{60'000};      // Google's is a minute

  static GmailQuota gmail_new();
  static GmailQuota gmail_old();
  static GmailQuota off();
};

// Called once per recipient of a message accepted for sending, the sender's own address excepted (Gmail delivers that
// copy as labels on the sent message). `raw` has no Bcc header.
using DeliverSent = std::function<void(const std::string& recipient, const std::string& raw)>;

std::unique_ptr<MailService> make_gmail_service(FaultSource& faults, GmailQuota quota, DeliverSent deliver = {});

}  // namespace mailmgr::sandbox
