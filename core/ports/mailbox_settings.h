// What a mailbox does with mail by itself, kept by its provider: filters (Gmail's filters, Outlook's rules of the
// inbox) and the automatic answer of somebody who is away. Plain data in words that mean the same on every provider;
// what a word cannot say there is refused before anything is asked, and what is there beyond the words is kept as it
// came.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/ports/provider.h"

namespace mailmgr {

// Several values of one condition: any of them will do. All conditions must hold. Texts are a server's, and hostile.
struct FilterConditions {
  std::vector<std::string> from, to;      // parts of names and addresses; `to` counts Cc as well
  std::vector<std::string> subject;       // text in it
  std::vector<std::string> has, not_has;  // words of the provider's search (Gmail); else a word or a "phrase"
  bool has_attachment = false;
  std::optional<std::uint64_t> larger, smaller;  // bytes
  bool operator==(const FilterConditions&) const = default;
};

struct FilterActions {
  // Of what a provider tells only ids may be known (Folder::path empty); what it is given is whole.
  std::vector<Folder> labels;
  std::optional<Folder> move;  // out of the inbox, into this folder (Gmail: under this label)
  bool archive = false;        // out of the inbox, into no other folder
  bool read = false, starred = false;
  bool trash = false;
  bool erase = false;     // deleted for good
  bool not_spam = false;  // never taken for spam
  std::optional<bool> important;
  std::vector<std::string> forward;  // passed on as it is, with its sender, to these addresses
  bool stop = false;                 // no filter after this one is looked at
};

struct MailFilter {
  std::string id;                     // the provider's; empty for one that is to be made
  std::string name;                   // Outlook's rules have one
  std::optional<std::int64_t> order;  // Outlook's rules run by it, lowest first
  bool enabled = true;
  bool broken = false;     // the provider says that it does not work
  bool read_only = false;  // neither changed nor deleted by the API
  FilterConditions when;
  FilterActions then;
  // What it holds that none of these words say: its name at the provider ("conditions.bodyContains") and its value as
  // JSON text. A filter without any is understood.
  std::vector<std::pair<std::string, std::string>> other;
};

// The conditions in the words of our search language, for people and as a name where one is needed:
// from:ada@example.org subject:"weekly report" larger:5242880.
std::string in_search_words(const FilterConditions& conditions);

class FilterSettings {
 public:
  virtual ~FilterSettings() = default;
  // In the order in which they run, where there is one. Code::auth_required also where the login may not ask.
  virtual Result<std::vector<MailFilter>> list(const Stop& stop) = 0;
  // Whether this provider can do what the filter says: refused, naming the word that it cannot, and what would do.
  // Nothing is asked.
  virtual Status check(const MailFilter& filter) const = 0;
  // As the provider keeps it. Refuses as check() does; also what only the provider knows to be impossible. What was
  // made although its answer was lost is found and given back, by all that it says. partial: as Curator::create().
  virtual Result<MailFilter> add(const MailFilter& filter, const Stop& stop) = 0;
  virtual Status remove(const std::string& id, const Stop& stop) = 0;  // not_found: there is none
};

enum class AwayState { off, on, scheduled };
std::string_view to_string(AwayState state);  // "off", "on", "scheduled"

// Who outside of the organisation is answered.
enum class Outsiders { none, contacts, all };
std::string_view to_string(Outsiders outsiders);
std::optional<Outsiders> outsiders(std::string_view word);

struct AwayMessage {
  std::string text, html;  // of one of them, where not both are told, the other may be made; hostile
  bool empty() const { return text.empty() && html.empty(); }
};

struct Vacation {
  AwayState state = AwayState::off;
  std::optional<Time> from, until;  // from this moment on, and before this one
  std::string subject;              // Gmail: put in front of what is answered
  AwayMessage body;
  std::optional<AwayMessage> external_body;  // for outsiders, where they are told something else
  Outsiders external = Outsiders::all;
  bool contacts_only = false;  // Gmail: nobody who is not among the contacts, wherever they are
  // Whether mail that comes at `now` is answered.
  bool active(Time now) const;
};

class VacationSettings {
 public:
  virtual ~VacationSettings() = default;
  virtual Result<Vacation> show(const Stop& stop) = 0;
  virtual Status check(const Vacation& vacation) const = 0;  // as FilterSettings::check
  // Replaces all of it; as the provider keeps it. With AwayState::off the texts stay for another time.
  virtual Result<Vacation> set(const Vacation& vacation, const Stop& stop) = 0;
};

}  // namespace mailmgr
