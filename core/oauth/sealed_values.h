// Everything sealed in the rows of a store, with the contexts of core/oauth/client.h: what a change of keys has to
// walk. A new sealed column has its line here, or a rotation would leave it behind.
#pragma once

#include "core/vault/rekey.h"

namespace mailmgr {

SealedValues sealed_values(SealedRows& rows);

}  // namespace mailmgr
