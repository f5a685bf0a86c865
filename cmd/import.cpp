#include "cmd/app.h"
namespace mailmgr {
namespace {
class Import : public Command {
 public:
  void attach(CLI::App&) override {}
  Status run(App&) override { return Error{Code::refused, "not yet"}; }
};
}  // namespace
std::unique_ptr<Command> make_import() { return std::make_unique<Import>(); }
}  // namespace mailmgr
