// Starts the person's browser as a process of its own: no shell, no terminal, never waited for.
#pragma once

#include <string>

#include "core/ports/browser.h"
#include "core/system/paths.h"

namespace mailmgr {

class BrowserLauncher final : public Browser {
 public:
  // `command` is the argument of --browser: a program and its arguments, separated by spaces; "%s" stands for the URL,
  // which otherwise comes last. Empty: $BROWSER (several separated by ':'), then what the system offers.
  explicit BrowserLauncher(std::string command = {}, EnvironmentLookup environment = system_environment())
      : command_(std::move(command)), environment_(std::move(environment)) {}

  // Only https, and http to this machine. Code::config when no program could be started.
  Status open(const Url& url) override;

 private:
  std::string command_;
  EnvironmentLookup environment_;
};

}  // namespace mailmgr
