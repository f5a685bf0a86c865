// An organisation ready to be tried: two mailboxes at each provider, a service account that may act for the Google
// ones, and an application that may open the Microsoft ones.
#pragma once

#include <filesystem>
#include <string>

#include "tests/sandbox/options.h"

namespace mailmgr::sandbox {

// Adds the accounts and clients to `options` and writes the credentials into `folder`, which is made if need be:
// service-account.json and client-certificate.pem, both with a private key, 0600. Throws std::runtime_error when that
// fails.
void add_organisation(Options& options, const std::filesystem::path& folder, Time now);

// The `mailmgr` commands that use it, a line each.
std::string organisation_commands(const std::filesystem::path& folder, const std::string& base_url);

}  // namespace mailmgr::sandbox
