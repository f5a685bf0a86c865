#include "core/flow/writing.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/encoding.h"

namespace mailmgr {
namespace {

constexpr std::size_t kLongestWritingName = 100;
constexpr std::size_t kLargestTemplate = std::size_t{1} << 20;
constexpr std::size_t kLargestSignature = std::size_t{256} << 10;
constexpr std::string_view kNone = "none";

bool shows_nothing(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == text.npos;
}

Status check_name(std::string_view what, std::string_view name) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (name.empty()) return Error{Code::usage, fmt::format("saving the {}: it needs a name", what)};
  if (name.size() <= kLongestWritingName && is_valid_utf8(name) && std::none_of(name.begin(), name.end(), is_control)) {
    return {};
  }
  return Error{Code::usage, fmt::format("saving the {}: a name has at most {} bytes and no control characters", what,
                                        kLongestWritingName)};
}

Status check_texts(std::string_view what, std::string_view name, std::initializer_list<std::string_view> texts,
                   std::size_t most) {
  for (const auto text : texts) {
    if (!is_valid_utf8(text)) {
      return Error{Code::usage, fmt::format("saving the {} {}: its text is not UTF-8", what, name),
                   "convert it first, for instance with iconv -t UTF-8"};
    }
    if (text.size() > most) {
      return Error{Code::usage, fmt::format("saving the {} {}: it has {} bytes, at most {} are kept", what, name,
                                            text.size(), most)};
    }
  }
  return {};
}

template <class Named>
std::string names_there_are(const std::vector<Named>& all) {
  std::string names;
  for (const auto& one : all) names += (names.empty() ? "" : ", ") + one.name;
  return names.empty() ? "there is none" : "there are: " + names;
}

std::string listed_names(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace

Status save_template(std::string_view name, MailTemplate content, Time now, TemplateStore& store) {
  if (auto fine = check_name("template", name); !fine) return fine;
  if (!content.text && !content.html) {
    return Error{Code::usage, fmt::format("saving the template {}: it has no text", name),
                 "give one with --body-file FILE or --html FILE"};
  }
  const auto fine = check_texts("template", name,
                                {content.subject, content.text ? std::string_view(*content.text) : std::string_view(),
                                 content.html ? std::string_view(*content.html) : std::string_view()},
                                kLargestTemplate);
  if (!fine) return fine;
  if (const auto variables = template_variables(content); !variables) {
    return variables.error().within(fmt::format("saving the template {}", name));
  }
  return store.put({std::string(name), std::move(content), now});
}

Result<NamedTemplate> find_template(std::string_view name, TemplateStore& store) {
  auto found = store.find(name);
  if (!found) return found.error();
  if (*found) return **std::move(found);
  const auto all = store.list();
  if (!all) return all.error();
  return Error{Code::not_found, fmt::format("no template \"{}\"; {}", name, names_there_are(*all)),
               "mailmgr template list"};
}

Result<TemplateValues> read_variables(const std::vector<std::string>& words) {
  TemplateValues values;
  for (const auto& word : words) {
    const auto sign = word.find('=');
    const auto name = word.substr(0, sign);
    if (sign == word.npos || !is_variable_name(name)) {
      return Error{Code::usage, fmt::format("filling the template: \"{}\" is not name=value", word),
                   "for instance --var first-name=Ada"};
    }
    if (!values.emplace(name, word.substr(sign + 1)).second) {
      return Error{Code::usage, fmt::format("filling the template: {} is given twice", name)};
    }
  }
  return values;
}

Status fill_draft(const NamedTemplate& named, const TemplateValues& values, UnusedValues unused, Draft& draft) {
  const std::string what = fmt::format("filling the template {}", named.name);
  if (draft.text || draft.html) {
    return Error{Code::usage, what + ": the message has a text already", "give either a template or a text"};
  }
  MailTemplate pattern = named.content;
  const bool own_subject = !draft.subject.empty();
  if (own_subject) pattern.subject.clear();
  auto filled = fill_template(pattern, values);
  if (!filled) return filled.error().within(what);
  // A value for the subject that the draft's own takes the place of is no mistake.
  if (own_subject) {
    const auto asked = template_variables(named.content);
    if (!asked) return asked.error().within(what);
    std::erase_if(filled->unused, [&](const std::string& name) {
      return std::find(asked->begin(), asked->end(), name) != asked->end();
    });
  }
  if (unused == UnusedValues::refuse && !filled->unused.empty()) {
    return Error{Code::usage, fmt::format("{}: it has no variable {}", what, listed_names(filled->unused)),
                 fmt::format("mailmgr template show {}", named.name)};
  }
  if (!own_subject) draft.subject = std::move(filled->content.subject);
  draft.text = std::move(filled->content.text);
  draft.html = std::move(filled->content.html);
  return {};
}

Status apply_template(std::string_view name, const TemplateValues& values, TemplateStore& store, Draft& draft) {
  const auto named = find_template(name, store);
  if (!named) return named.error();
  return fill_draft(*named, values, UnusedValues::refuse, draft);
}

Status save_signature(NamedSignature named, SignatureStore& store) {
  if (auto fine = check_name("signature", named.name); !fine) return fine;
  if (named.name == kNone) {
    return Error{Code::usage, "saving the signature: \"none\" means no signature", "choose another name"};
  }
  const auto& content = named.content;
  const auto fine = check_texts("signature", named.name,
                                {content.text ? std::string_view(*content.text) : std::string_view(),
                                 content.html ? std::string_view(*content.html) : std::string_view()},
                                kLargestSignature);
  if (!fine) return fine;
  if (named.content.html) named.content.html = signature_html(*named.content.html);
  const bool has_image = content.html && content.html->find("<img") != std::string::npos;
  if (shows_nothing(signature_text(content)) && !has_image) {
    return Error{Code::usage, fmt::format("saving the signature {}: it shows nothing", named.name),
                 "give its text with --text or --body-file, or its HTML with --html"};
  }
  return store.put(named);
}

Result<NamedSignature> find_signature(std::string_view name, SignatureStore& store) {
  auto found = store.find(name);
  if (!found) return found.error();
  if (*found) return **std::move(found);
  const auto all = store.list();
  if (!all) return all.error();
  return Error{Code::not_found, fmt::format("no signature \"{}\"; {}", name, names_there_are(*all)),
               "mailmgr signature list"};
}

Result<std::optional<Signature>> choose_signature(const SenderIdentity& sender, std::string_view wish,
                                                  const SignatureWorld& world) {
  if (wish == kNone) return std::optional<Signature>();
  if (!wish.empty()) {
    auto named = find_signature(wish, world.signatures);
    if (!named) return named.error();
    return std::optional(std::move(named->content));
  }
  const auto defaults = world.defaults.list();
  if (!defaults) return defaults.error();
  const SignatureDefault* chosen = nullptr;
  for (const auto& value : *defaults) {
    if (value.account != sender.account.id) continue;
    if (value.address.empty() && !chosen) chosen = &value;
    if (equals_ignoring_ascii_case(value.address, sender.from.email)) chosen = &value;
  }
  if (!chosen || chosen->signature.empty()) return std::optional<Signature>();
  auto named = world.signatures.find(chosen->signature);
  if (!named) return named.error();
  return *named ? std::optional(std::move((*named)->content)) : std::optional<Signature>();
}

Status apply_signature(const SenderIdentity& sender, std::string_view wish, const SignatureWorld& world, Draft& draft) {
  const auto signature = choose_signature(sender, wish, world);
  if (!signature) return signature.error();
  if (*signature) add_signature(**signature, draft);
  return {};
}

Status set_default_signature(const AccountRecord& account, std::string_view address, std::string_view signature,
                             std::span<const Alias> aliases, const SignatureWorld& world) {
  std::string known;
  if (!address.empty()) {
    const auto addresses = sending_addresses(account, aliases);
    const auto found = std::find_if(addresses.begin(), addresses.end(),
                                    [&](const Address& one) { return equals_ignoring_ascii_case(one.email, address); });
    if (found == addresses.end()) {
      return Error{Code::refused, fmt::format("choosing a signature: {} cannot send as {}", account.name, address),
                   fmt::format("mailmgr alias sync {}", account.name)};
    }
    known = found->email;
  }
  if (signature.empty()) return world.defaults.remove(account.id, known);
  if (signature == kNone) return world.defaults.put({account.id, known, ""});
  const auto named = find_signature(signature, world.signatures);
  if (!named) return named.error();
  return world.defaults.put({account.id, known, named->name});
}

Result<std::vector<ImportedSignature>> import_signatures(const AccountRecord& account, const ProviderSpec& spec,
                                                         Identities& identities, Time now, const SignatureWorld& world,
                                                         const Stop& stop) {
  if (!spec.keeps_signatures) {
    return Error{Code::refused,
                 fmt::format("importing the signatures of {}: {} does not give them to other programs", account.name,
                             spec.title),
                 "mailmgr signature set NAME --html FILE"};
  }
  const auto told = identities.list(stop);
  if (!told) return told.error();
  const auto defaults = world.defaults.list();
  if (!defaults) return defaults.error();
  std::vector<ImportedSignature> imported;
  for (const auto& identity : *told) {
    if (shows_nothing(identity.signature_html)) continue;
    NamedSignature named{identity.email, {std::nullopt, identity.signature_html}, account.id, now};
    const auto taken = world.signatures.find(named.name);
    if (!taken) return taken.error();
    if (*taken && (*taken)->account != account.id) {
      imported.push_back(
          {identity.email,
           Error{Code::usage, fmt::format("importing the signature of {}: another one has that name", identity.email),
                 "mailmgr signature delete " + identity.email}});
      continue;
    }
    auto saved = save_signature(std::move(named), world.signatures);
    const bool decided = std::any_of(defaults->begin(), defaults->end(), [&](const SignatureDefault& value) {
      return value.account == account.id && equals_ignoring_ascii_case(value.address, identity.email);
    });
    if (saved && !decided) saved = world.defaults.put({account.id, identity.email, identity.email});
    imported.push_back({identity.email, std::move(saved)});
  }
  return imported;
}

}  // namespace mailmgr
