// Opens a URL in the person's browser (RFC 8252 §4: an external user-agent, never an embedded one).
#pragma once

#include "core/base/result.h"
#include "core/base/url.h"

namespace mailmgr {

class Browser {
 public:
  virtual ~Browser() = default;
  // Starts a browser and does not wait for it. An error says why none could be started; the caller has already printed
  // the URL, so that is never fatal.
  virtual Status open(const Url& url) = 0;
};

}  // namespace mailmgr
