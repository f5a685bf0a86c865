#include "core/flow/mailbox_size.h"

#include <doctest/doctest.h>

#include "tests/providers/fixture.h"

using namespace mailmgr;

TEST_CASE("a mailbox tells how many messages it holds, in all its folders, on both providers") {
  for (const auto kind : {ProviderKind::google, ProviderKind::microsoft}) {
    SandboxMailbox box(kind);
    CHECK(count_messages(box.mailbox(), Stop()).value() == 0);
    box.deliver("Subject: a\r\n\r\n");
    box.deliver("Subject: b\r\n\r\n", R"("folder":"sent")");
    box.deliver("Subject: c\r\n\r\n", R"("folder":"spam")");
    CHECK(count_messages(box.mailbox(), Stop()).value() == 3);
  }
}

TEST_CASE("a mailbox that may not be read has no count") {
  SandboxMailbox box(ProviderKind::microsoft, "", "http://127.0.0.1:8080", AccessLevel::send_only);
  CHECK_FALSE(count_messages(box.mailbox(), Stop()));
}
