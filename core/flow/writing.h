// Templates and signatures: kept under names, and put into what is written. Names are exact; they have at most 100
// bytes and no control characters (usage).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/flow/identities.h"
#include "core/mail/compose.h"
#include "core/ports/writing_store.h"

namespace mailmgr {

// Saves or replaces a template that can be filled: usage for one that cannot, that has no text, or is over 1 MiB.
Status save_template(std::string_view name, MailTemplate content, Time now, TemplateStore& store);

// not_found, naming those there are.
Result<NamedTemplate> find_template(std::string_view name, TemplateStore& store);

// "name=value" of --var → values. usage for anything else, and for a name that is given twice.
Result<TemplateValues> read_variables(const std::vector<std::string>& words);

// Whether a value that no part of the template asks for is a mistake (--var) or not (the columns of a table).
enum class UnusedValues { refuse, ignore };

// The filled subject, text and HTML of a message that has no text yet (else usage). A subject that the draft has stays,
// and the template's is not asked for. usage names variables without a value and, with `refuse`, values without use.
Status fill_draft(const NamedTemplate& named, const TemplateValues& values, UnusedValues unused, Draft& draft);

// find_template() and fill_draft(), with every value put to use.
Status apply_template(std::string_view name, const TemplateValues& values, TemplateStore& store, Draft& draft);

// Saves or replaces; its HTML, whoever wrote it, becomes a fragment that does nothing (signature_html). usage for one
// that shows nothing, for the names "none" and "", and over 256 KiB.
Status save_signature(NamedSignature named, SignatureStore& store);

// not_found, naming those there are.
Result<NamedSignature> find_signature(std::string_view name, SignatureStore& store);

struct SignatureWorld {
  SignatureStore& signatures;
  SignatureDefaults& defaults;
};

// What stands under mail of this sender: `wish` is a name, "none", or empty for the default of the address, else of the
// account. nullopt: nothing. For an answer, put it below what was written with add_signature(…, Written&), before the
// original is put below that.
Result<std::optional<Signature>> choose_signature(const SenderIdentity& sender, std::string_view wish,
                                                  const SignatureWorld& world);

// choose_signature(), and the signature below the text of a new message.
Status apply_signature(const SenderIdentity& sender, std::string_view wish, const SignatureWorld& world, Draft& draft);

// Makes it the default of an account, or of one of its addresses: `signature` is a name, "none", or empty for no
// decision (the account's default then holds for the address). refused: not an address of the account.
Status set_default_signature(const AccountRecord& account, std::string_view address, std::string_view signature,
                             std::span<const Alias> aliases, const SignatureWorld& world);

struct ImportedSignature {
  std::string email;  // the address it belongs to, which is its name here
  Status outcome;     // usage: another signature has that name
};

// Saves the signatures that the provider keeps, tamed, each as the default of its address unless that has one. refused
// where the provider keeps none; errors as Identities::list.
Result<std::vector<ImportedSignature>> import_signatures(const AccountRecord& account, const ProviderSpec& spec,
                                                         Identities& identities, Time now, const SignatureWorld& world,
                                                         const Stop& stop);

}  // namespace mailmgr
