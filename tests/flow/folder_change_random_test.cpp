// Folders, labels and categories that are made, renamed, coloured and deleted at random while every third request
// fails. Whoever repeats a command until it is done, as its hint says, has exactly what was asked for on both sides.
#include <doctest/doctest.h>

#include <functional>
#include <random>

#include "tests/flow/folder_world.h"
#include "tests/support/failing_requests.h"
#include "tests/support/test_count.h"

using namespace mailmgr;
using namespace mailmgr::test;

namespace {

constexpr int kCommands = 20;
constexpr int kMostTimes = 12;  // that one command is given

using Colored = std::map<std::string, std::string>;  // full name → colour

// What a mailbox has. Gmail's folders are labels.
struct FolderModel {
  Colored folders, labels;
  bool operator==(const FolderModel&) const = default;

  std::string describe() const {
    std::string text;
    for (const auto& [path, color] : folders) text += fmt::format("folder {} {}\n", path, color);
    for (const auto& [path, color] : labels) text += fmt::format("label {} {}\n", path, color);
    return text;
  }
};

FolderModel stored_folders(EditedMailbox& world) {
  FolderModel model;
  for (const auto& folder : world.folders()) {
    if (folder.kind == Folder::Kind::label) model.labels[folder.path] = folder.color;
    if (folder.kind == Folder::Kind::folder && folder.role == Role::none) model.folders[folder.path] = folder.color;
  }
  return model;
}

std::string without_last_level(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

bool is_within(const std::string& path, const std::string& folder) {
  return path == folder || path.starts_with(folder + "/");
}

struct FolderCommand {
  std::string words;
  bool makes = false;  // the hint of an unclear end says to look first
  std::function<Status(EditedMailbox&)> run;
  FolderModel after;
};

class FolderDice {
 public:
  FolderDice(unsigned seed, bool by_label) : dice_(seed), by_label_(by_label) {}

  FolderCommand command(const FolderModel& now) {
    const bool label = by_label_ || roll(3) == 0;
    switch (roll(5)) {
      case 0:
        return rename(now, label);
      case 1:
        return recolor(now, label);
      case 2:
        return remove(now, label);
      default:
        return make(now, label);
    }
  }

 private:
  int roll(int sides) { return static_cast<int>(dice_() % static_cast<unsigned>(sides)); }
  bool coin() { return roll(2) == 0; }
  std::string new_name() { return fmt::format("F{}", ++names_); }
  std::string color() {
    if (by_label_) return coin() ? "#cc3a21" : "#fb4c2f";
    return coin() ? "preset3" : "preset24";
  }
  // Outlook's categories are not nested.
  bool nests(bool label) const { return by_label_ || !label; }

  static Colored& among(FolderModel& model, bool label) { return label ? model.labels : model.folders; }

  // One that was made here; empty: there is none.
  template <class Fits>
  std::string some(const FolderModel& now, bool label, const Fits& fits) {
    std::vector<std::string> names;
    for (const auto& [path, any] : label ? now.labels : now.folders) {
      if (path.front() == 'F' && fits(path)) names.push_back(path);
    }
    return names.empty() ? "" : names[static_cast<std::size_t>(roll(static_cast<int>(names.size())))];
  }

  FolderCommand make(const FolderModel& now, bool label) {
    const auto above = coin() ? some(now, label, [](const std::string&) { return true; }) : std::string();
    auto path = above.empty() || !nests(label) ? new_name() : above + "/" + new_name();
    const auto colored = label && coin() ? color() : "";
    FolderCommand command{.words = "", .makes = true, .run = nullptr, .after = now};
    auto& all = among(command.after, label);
    if (nests(label) && roll(4) == 0) {
      if (!label) all[path] = "";  // made along with what is in it
      path += "/" + new_name();
    }
    all[path] = colored;
    command.words = fmt::format("create {} {}", path, colored);
    command.run = [=](EditedMailbox& world) { return status_of(made(world, path, colored, label)); };
    return command;
  }

  FolderCommand rename(const FolderModel& now, bool label) {
    const auto from = some(now, label, [](const std::string&) { return true; });
    if (from.empty() || !nests(label)) return make(now, label);
    const auto above = some(now, label, [&](const std::string& path) { return !is_within(path, from); });
    auto to = coin() ? without_last_level(from) : above.empty() ? "" : above + "/";
    const auto same_name = to + from.substr(without_last_level(from).size());
    FolderCommand command{.words = "", .makes = false, .run = nullptr, .after = now};
    auto& all = among(command.after, label);
    to = coin() && !all.contains(same_name) ? same_name : to + new_name();
    Colored renamed_ones;
    for (const auto& [path, colored] : all) {
      renamed_ones[is_within(path, from) ? to + path.substr(from.size()) : path] = colored;
    }
    all = std::move(renamed_ones);
    command.words = fmt::format("rename {} {}", from, to);
    command.run = [=](EditedMailbox& world) { return status_of(renamed(world, from, to, "", label)); };
    return command;
  }

  FolderCommand recolor(const FolderModel& now, bool label) {
    const auto path = label ? some(now, label, [](const std::string&) { return true; }) : std::string();
    if (path.empty()) return make(now, label);
    const auto colored = color();
    FolderCommand command{
        .words = fmt::format("rename {} --color {}", path, colored), .makes = false, .run = nullptr, .after = now};
    command.after.labels[path] = colored;
    command.run = [=](EditedMailbox& world) { return status_of(renamed(world, path, std::nullopt, colored, label)); };
    return command;
  }

  // Of what has nothing in it.
  FolderCommand remove(const FolderModel& now, bool label) {
    auto all = now;
    const auto is_empty = [&](const std::string& path) {
      const auto& names = among(all, label);
      return std::none_of(names.begin(), names.end(),
                          [&](const auto& other) { return other.first.starts_with(path + "/"); });
    };
    const auto path = some(now, label, is_empty);
    if (path.empty()) return make(now, label);
    FolderCommand command{.words = fmt::format("delete {}", path), .makes = false, .run = nullptr, .after = now};
    among(command.after, label).erase(path);
    command.run = [=](EditedMailbox& world) { return dropped(world, path, label); };
    return command;
  }

  static Status status_of(const Result<Folder>& result) { return result ? Status() : Status(result.error()); }

  std::mt19937 dice_;
  bool by_label_;
  int names_ = 0;
};

// Those of the mailbox itself; the sandbox tells of no categories.
std::string remote_folders(EditedMailbox& world) {
  std::set<std::string> names;
  const auto state = nlohmann::json::parse(world.box.control("state"));
  for (const auto& folder : state["folders"]) {
    const std::string name = folder["name"];
    if (!role(name)) names.insert(name);
  }
  return fmt::format("{}", fmt::join(names, "\n"));
}

std::string names_of(const Colored& wanted) {
  std::set<std::string> names;
  for (const auto& [path, color] : wanted) names.insert(path);
  return fmt::format("{}", fmt::join(names, "\n"));
}

// Gives the command until it is done; whether that was the first time.
bool give(const FolderCommand& command, EditedMailbox& world) {
  for (int time = 1;; ++time) {
    REQUIRE(time <= kMostTimes);
    const auto done = command.run(world);
    if (done) return time == 1;
    CHECK_MESSAGE(exit_class(done.error().code).code != Code::internal, done.error().message);
    if (!command.makes) continue;
    (void)world.sync_all();
    if (stored_folders(world) == command.after) return false;
  }
}

void run_folder_commands(ProviderKind kind, unsigned seed, FirstGoes& goes) {
  EditedMailbox world(kind);
  REQUIRE(world.sync_all().complete);
  FolderDice dice(seed, world.box.spec.files_by_label);
  auto model = stored_folders(world);
  world.box.control_all("/_sandbox/faults", kEveryThirdFails);
  for (int i = 0; i < kCommands; ++i) {
    const auto command = dice.command(model);
    CAPTURE(command.words);
    ++goes.asked;
    if (give(command, world)) ++goes.done;
    model = command.after;
    CHECK(stored_folders(world).describe() == model.describe());
    CHECK(remote_folders(world) == names_of(world.box.spec.files_by_label ? model.labels : model.folders));
  }
  world.box.remove_faults();
  check_folders(world);  // also colours and categories, as the provider lists them
  CHECK(stored_folders(world).describe() == model.describe());
}

}  // namespace

TEST_CASE("folders, labels and categories end as asked for on both sides, also when every third request fails") {
  FirstGoes goes;
  for (int i = 0; i < test_count(2, 200); ++i) {
    CAPTURE(i);
    for (const auto kind : kKinds) {
      CAPTURE(to_string(kind));
      run_folder_commands(kind, static_cast<unsigned>(i), goes);
    }
  }
  CAPTURE(goes.asked);
  CAPTURE(goes.done);
  CHECK(goes.done * 2 >= goes.asked);
}
