#include "core/system/secret_service.h"

#if MAILMGR_LIBSECRET

#include <fmt/format.h>
#include <libsecret/secret.h>

#include <functional>
#include <future>
#include <memory>
#include <thread>

#include "core/system/keyring.h"

namespace mailmgr {
namespace {

constexpr std::chrono::milliseconds kToGiveUp{200};  // what a call that was cancelled gets to say so

Error keyring_failed(std::string why) {
  return {Code::config, std::move(why),
          "a keyring needs a desktop session that is unlocked; for cron and SSH: mailmgr key set-source file"};
}

const SecretSchema* schema() {
  static const SecretSchema kSchema = {"org.mailmgr.Key",
                                       SECRET_SCHEMA_NONE,
                                       {{"entry", SECRET_SCHEMA_ATTRIBUTE_STRING}, {nullptr, {}}},
                                       0,
                                       nullptr,
                                       nullptr,
                                       nullptr,
                                       nullptr,
                                       nullptr,
                                       nullptr,
                                       nullptr};
  return &kSchema;
}

// libsecret's calls block and may wait for a dialog. They run on a thread of their own, which is left behind where even
// cancelling does not end them; so `work` borrows nothing from the caller.
template <class Answer>
Answer in_time(std::function<Answer(GCancellable*)> work) {
  const std::shared_ptr<GCancellable> cancel(g_cancellable_new(), g_object_unref);
  std::packaged_task<Answer()> task([work = std::move(work), cancel] { return work(cancel.get()); });
  auto answer = task.get_future();
  std::thread(std::move(task)).detach();
  if (answer.wait_for(kKeyringPatience) == std::future_status::ready) return answer.get();
  g_cancellable_cancel(cancel.get());
  answer.wait_for(kToGiveUp);
  return keyring_failed(fmt::format("it did not answer within {} seconds", kKeyringPatience.count() / 1000));
}

Error taken(GError* error) {
  const std::unique_ptr<GError, decltype(&g_error_free)> owned(error, g_error_free);
  return keyring_failed(owned->message);
}

}  // namespace

Result<std::optional<Secret>> lookup_in_keyring(const std::string& entry) {
  using Answer = Result<std::optional<Secret>>;
  return in_time<Answer>([entry](GCancellable* cancel) -> Answer {
    GError* error = nullptr;
    gchar* text = secret_password_lookup_nonpageable_sync(schema(), cancel, &error, "entry", entry.c_str(), nullptr);
    if (error) return taken(error);
    if (!text) return std::optional<Secret>();
    Secret secret{std::string_view(text)};
    secret_password_free(text);  // wipes it
    return std::optional(std::move(secret));
  });
}

Status store_in_keyring(const std::string& entry, const Secret& text) {
  return in_time<Status>([entry, text](GCancellable* cancel) -> Status {
    GError* error = nullptr;
    const std::string value(text.reveal());
    secret_password_store_sync(schema(), SECRET_COLLECTION_DEFAULT, "mailmgr: the key to the stored logins",
                               value.c_str(), cancel, &error, "entry", entry.c_str(), nullptr);
    if (error) return taken(error);
    return {};
  });
}

Status clear_in_keyring(const std::string& entry) {
  return in_time<Status>([entry](GCancellable* cancel) -> Status {
    GError* error = nullptr;
    secret_password_clear_sync(schema(), cancel, &error, "entry", entry.c_str(), nullptr);
    if (error) return taken(error);
    return {};
  });
}

}  // namespace mailmgr

#else

namespace mailmgr {
namespace {

Error absent() {
  return {Code::config, "this mailmgr was built without libsecret",
          "install libsecret-1-dev and build it again; or choose another source: mailmgr key set-source file"};
}

}  // namespace

Result<std::optional<Secret>> lookup_in_keyring(const std::string&) {
  return absent();
}
Status store_in_keyring(const std::string&, const Secret&) {
  return absent();
}
Status clear_in_keyring(const std::string&) {
  return absent();
}

}  // namespace mailmgr

#endif
