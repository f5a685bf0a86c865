// Ownership of GLib and GMime objects, and the one place where GMime is started. Private to this room.
#pragma once

#include <gmime/gmime.h>

#include <memory>

namespace mailmgr::mail {

struct Unref {
  template <class T>
  void operator()(T* object) const {
    g_object_unref(object);
  }
};
struct DateUnref {
  void operator()(GDateTime* date) const { g_date_time_unref(date); }
};

using GDate = std::unique_ptr<GDateTime, DateUnref>;
template <class T>
using GObjectPtr = std::unique_ptr<T, Unref>;

// Call before any other GMime function; safe from several threads, cheap after the first time.
inline void ensure_gmime() {
  static const bool ready = (g_mime_init(), true);
  static_cast<void>(ready);
}

}  // namespace mailmgr::mail
