// mailmgr-sandbox: a local stand-in for Google's and Microsoft's login and mail APIs. Exit codes: 0 after SIGINT or
// SIGTERM, 2 for wrong options, 1 for anything that cannot be loaded or bound, with --run the command's own.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstring>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "tests/sandbox/front.h"
#include "tests/sandbox/organisation.h"
#include "tests/sandbox/runner.h"
#include "tests/sandbox/server.h"
#include "tests/sandbox/wall_clock.h"

namespace {

using namespace mailmgr;
using namespace mailmgr::sandbox;

struct CommandLine {
  Options options;
  int port = 0;
  int latency = 0;                     // milliseconds
  std::filesystem::path organisation;  // where its credentials were written; empty: none
  std::vector<std::string> command;    // after --run
};

// Everything after --run is the command, whatever it looks like.
std::vector<std::string> cut_command(int& argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--run") != 0) continue;
    std::vector<std::string> command(argv + i + 1, argv + argc);
    if (command.empty()) throw CLI::ArgumentMismatch("--run: no command follows");
    argc = i;
    return command;
  }
  return {};
}

std::string read_text(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("reading fault rules from " + path + ": " + std::strerror(errno));
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void read_quota(const std::string& text, Options& options) {
  const auto colon = text.find(':');
  const std::string name = text.substr(0, colon);
  if (name != "gmail-new" && name != "gmail-old" && text != "off") {
    throw CLI::ValidationError("--quota", "not gmail-new, gmail-old or off: " + text);
  }
  options.quota = name == "off" ? QuotaMode::off : name == "gmail-old" ? QuotaMode::gmail_old : QuotaMode::gmail_new;
  if (colon != text.npos) options.quota_rate = QuotaRate::parse(text.substr(colon + 1));
}

CommandLine parse(CLI::App& app, int argc, char** argv) {
  CommandLine line;
  std::vector<std::string> mail, clients;
  std::string quota = "gmail-new", faults, newest, organisation;
  int lifetime = 3599;
  app.add_option("--port", line.port, "Port on 127.0.0.1; a free one if left out")->check(CLI::Range(0, 65535));
  app.add_option("--mail", mail,
                 "Maildir, mbox, .eml file or folder of them, for every account or as EMAIL=PATH; repeatable")
      ->type_name("PATH")
      ->allow_extra_args(false);
  app.add_option("--synthetic", line.options.synthetic, "Make up N messages per account")->type_name("N");
  app.add_option("--seed", line.options.seed, "What the made-up mail and chances follow from")->capture_default_str();
  app.add_option("--newest", newest, "Date of the last made-up message (RFC 3339), or now")->type_name("DATE");
  app.add_option("--accounts", line.options.accounts,
                 "Addresses; google:ADDR or microsoft:ADDR where the domain does not say")
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--quota", quota,
                 "Limits to enforce: gmail-new, gmail-old or off; gmail-new:UNITS[/TIME] for so many of Gmail's units")
      ->capture_default_str();
  app.add_option("--latency", line.latency, "Milliseconds by which every answer is late, as over a network")
      ->check(CLI::Range(0, 10000));
  app.add_option("--faults", faults, "JSON file of fault rules")->type_name("FILE");
  app.add_option("--client", clients, "One more OAuth client, as JSON; repeatable")
      ->type_name("JSON")
      ->allow_extra_args(false);
  app.add_option("--organisation", organisation,
                 "Add an organisation at both providers, and write its credentials into this folder")
      ->type_name("DIR");
  app.add_option("--token-lifetime", lifetime, "Seconds an access token lives")
      ->check(CLI::Range(1, 86400))
      ->capture_default_str();
  app.add_option("--prefix", line.options.prefix, "A path in front of every provider path, as behind a proxy")
      ->type_name("PATH");
  app.add_flag("--rotate-refresh-tokens", line.options.rotate_refresh_tokens,
               "Google too gives a new refresh token with each refresh, as Microsoft always does");
  app.add_flag("--auto-consent", line.options.auto_consent, "Allow every login at once, without a page");
  app.footer(
      "  --run CMD...   (last) run a command against the sandbox in a throw-away home and end with its code;\n"
      "                 it finds MAILMGR_HOME, SANDBOX_URL and SANDBOX_PORT in its environment\n\n"
      "Example: mailmgr-sandbox --mail ~/Maildir --auto-consent --run sh -c 'curl -s $SANDBOX_URL/_sandbox/accounts'");
  line.command = cut_command(argc, argv);
  app.parse(argc, argv);

  line.options.access_lifetime = std::chrono::seconds(lifetime);
  read_quota(quota, line.options);
  for (const auto& text : mail) line.options.mail.push_back(MailSource::parse(text));
  for (const auto& text : clients)
    line.options.clients.push_back(OAuthClient::from_json(nlohmann::json::parse(text, nullptr, false)));
  if (!organisation.empty()) {
    line.organisation = organisation;
    add_organisation(line.options, line.organisation, WallClock().now());
  }
  if (!faults.empty()) line.options.faults = read_text(faults);
  if (newest == "now")
    line.options.newest = WallClock().now();
  else if (!newest.empty() && !(line.options.newest = from_rfc3339(newest)))
    throw CLI::ValidationError("--newest", "not an RFC 3339 time: " + newest);
  while (line.options.prefix.ends_with("/")) line.options.prefix.pop_back();
  if (!line.options.prefix.empty() && !line.options.prefix.starts_with("/")) line.options.prefix.insert(0, "/");
  return line;
}

void introduce(std::ostream& out, const std::string& url, const CommandLine& line) {
  const auto& prefix = line.options.prefix;
  out << "listening on " << url << "\n"
      << "mailmgr provider set google --client-id " << kGoogleClientId << " --client-secret " << kGoogleClientSecret
      << " --base-url " << url << prefix << "\n"
      << "mailmgr provider set microsoft --client-id " << kMicrosoftClientId << " --base-url " << url << prefix << "\n";
  if (!line.organisation.empty()) out << organisation_commands(line.organisation, url + prefix);
  out << std::flush;
}

int serve(const CommandLine& line) {
  const auto signals = awaited_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  WallClock clock;
  Sandbox sandbox(line.options, clock);
  Server server(sandbox, line.port, std::chrono::milliseconds(line.latency));
  server.start();
  // With --run, standard output is the command's.
  introduce(line.command.empty() ? std::cout : std::cerr, server.url(), line);
  if (!line.command.empty()) return run_command(line.command, server.url() + line.options.prefix, server.port());
  wait_for_signal();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("A local stand-in for Google's and Microsoft's login and mail APIs.", "mailmgr-sandbox");
  try {
    return serve(parse(app, argc, argv));
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::Error& error) {
    app.exit(error, std::cout, std::cerr);
    return 2;
  } catch (const std::invalid_argument& error) {
    std::cerr << "mailmgr-sandbox: " << error.what() << "\n";
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "mailmgr-sandbox: " << error.what() << "\n";
    return 1;
  }
}
