#include "providers/microsoft/microsoft_edits.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "core/base/encoding.h"
#include "providers/microsoft/microsoft_wire.h"

namespace mailmgr::microsoft {
namespace {

constexpr std::size_t kGroup = 10 * kMaxBatch;  // edits between two words to the sink
constexpr int kTimes = 2;                       // that categories are written, where somebody else does too

bool is_good(const BatchAnswer& answer, std::size_t part) {
  return answer.part(part).status >= 200 && answer.part(part).status < 300;
}

bool changes_labels(const Edit& edit) {
  return !edit.wish.add.empty() || !edit.wish.remove.empty();
}

bool changes_marks(const Edit& edit) {
  return !edit.destroy && (edit.wish.unread || edit.wish.starred || changes_labels(edit));
}

bool expects(const Edit& edit, const FolderId& folder) {
  return edit.expected && std::find(edit.expected->begin(), edit.expected->end(), folder) != edit.expected->end();
}

bool changes_place(const Edit& edit) {
  return edit.destroy || (edit.wish.folder && !expects(edit, *edit.wish.folder));
}

bool same_category(const FolderId& one, const FolderId& other) {
  return equals_ignoring_ascii_case(one.value, other.value);
}

std::vector<FolderId> edited(std::vector<FolderId> categories, const MarksPatch& wish) {
  const auto holds = [&](const std::vector<FolderId>& list, const FolderId& id) {
    return std::any_of(list.begin(), list.end(), [&](const FolderId& other) { return same_category(id, other); });
  };
  std::erase_if(categories, [&](const FolderId& id) { return holds(wish.remove, id); });
  for (const auto& id : wish.add) {
    if (!holds(categories, id)) categories.push_back(id);
  }
  return categories;
}

}  // namespace

void MicrosoftEdits::Item::fail(Error error) {
  edited.status = std::move(error);
  finished = true;
}

void MicrosoftEdits::Item::note(MarksPatch marks) {
  if (!marks.empty()) edited.marks = std::move(marks);
}

Status MicrosoftEdits::apply(std::span<const Edit> edits, const EditSink& sink, const Stop& stop) {
  for (std::size_t from = 0; from < edits.size(); from += kGroup) {
    if (stop.requested(client_.deps().clock)) return Stop::error();
    std::vector<Item> items;
    for (const auto& edit : edits.subspan(from, std::min(kGroup, edits.size() - from))) items.push_back({&edit});
    const auto done = run(items, stop);
    for (std::size_t i = 0; i < items.size(); ++i) {
      auto& item = items[i];
      if (!done && !item.finished) {
        // What was moved and not marked yet is no edit that was not made.
        if (item.edited.marks.empty()) continue;
        item.fail(done.error());
      }
      if (!sink(from + i, std::move(item.edited))) return {};
    }
    if (!done) return done;
  }
  return {};
}

Status MicrosoftEdits::run(std::vector<Item>& items, const Stop& stop) {
  Items placed, marked, missed, still_there;
  for (auto& item : items) {
    if (changes_place(*item.edit)) placed.push_back(&item);
  }
  if (auto done = relocate(placed, false, missed, stop); !done) return done;
  if (auto done = look_up(missed, still_there, stop); !done) return done;
  if (auto done = relocate(still_there, true, missed, stop); !done) return done;
  for (auto& item : items) {
    if (!item.finished && changes_marks(*item.edit)) marked.push_back(&item);
  }
  if (auto done = mark(marked, stop); !done) return done;
  for (auto& item : items) item.finished = true;
  return {};
}

Status MicrosoftEdits::relocate(const Items& items, bool by_id, Items& missed, const Stop& stop) {
  const auto is_conditional = [by_id](const Item& item) {
    return !by_id && item.edit->expected && item.edit->expected->size() == 1;
  };
  const auto make = [&](const Item& item) {
    BatchCall call;
    const auto folder =
        is_conditional(item) ? fmt::format("/mailFolders/{}", percent_encode(item.edit->expected->front().value)) : "";
    call.url = fmt::format("{}{}/messages/{}/{}", root_, folder, percent_encode(item.edit->id.value),
                           item.edit->destroy ? "permanentDelete" : "move");
    call.method = "POST";
    if (!item.edit->destroy) call.body = write_destination(*item.edit->wish.folder);
    return call;
  };
  const auto take = [&](Item& item, const BatchAnswer& answer, std::size_t part) {
    if (is_good(answer, part)) {
      item.edited.removed = item.edit->destroy;
      item.finished = !changes_marks(*item.edit);
      return item.edit->destroy ? void() : take_marks(item, answer, part);
    }
    const auto error = client_.error(answer.response(part));
    const bool may_be_the_path = error.code == Code::gone || error.code == Code::refused;
    if (is_conditional(item) && may_be_the_path) return missed.push_back(&item);
    if (item.edit->destroy && error.code == Code::gone) {
      // Whether it is the message that is not there, or what was asked of it, looking for it tells.
      if (!by_id) return missed.push_back(&item);
      return item.fail({Code::refused, "deleting a message: this server deletes nothing for good", "mailmgr trash"});
    }
    item.fail(error.within(item.edit->destroy ? "deleting a message" : "moving a message"));
  };
  return call("moving messages", items, make, take, stop);
}

// What was not found where it was expected.
Status MicrosoftEdits::look_up(const Items& missed, Items& still_there, const Stop& stop) {
  const auto make = [&](const Item& item) {
    return BatchCall{fmt::format("{}?$select={}", message(item), kMarksSelect)};
  };
  const auto take = [&](Item& item, const BatchAnswer& answer, std::size_t part) {
    if (!is_good(answer, part)) {
      const auto error = client_.error(answer.response(part));
      if (error.code != Code::gone || !item.edit->destroy) return item.fail(error);
      item.edited.removed = true;
      item.finished = true;
      return;
    }
    take_marks(item, answer, part);
    const auto folder = item.edited.marks.folder.value_or(FolderId());
    if (!item.edit->destroy && folder == *item.edit->wish.folder) {
      item.finished = !changes_marks(*item.edit);
    } else if (expects(*item.edit, folder)) {
      item.edited.marks = {};
      still_there.push_back(&item);
    } else {
      item.fail({Code::partial, "it was moved by somebody else meanwhile: nothing was done to it",
                 "look at it again, then repeat the command"});
    }
  };
  return call("looking for messages", missed, make, take, stop);
}

// What a message has once it was written as asked.
MarksPatch MicrosoftEdits::written(const Item& item) {
  MarksPatch marks = item.edited.marks;
  if (item.edit->wish.unread) marks.unread = item.edit->wish.unread;
  if (item.edit->wish.starred) marks.starred = item.edit->wish.starred;
  if (item.categories) marks.labels = item.categories;
  return marks;
}

Status MicrosoftEdits::mark(Items items, const Stop& stop) {
  for (int time = 1; !items.empty(); ++time) {
    if (auto read = read_categories(items, stop); !read) return read;
    std::erase_if(items, [](const Item* item) { return item->finished; });
    Items again;
    const auto make = [&](const Item& item) {
      BatchCall call;
      call.url = message(item);
      // The answer is the whole message, unless the server spares us that (OData 4.01, 8.2.8.7; RFC 7240 §2).
      call.prefer = "return=minimal";
      call.method = "PATCH";
      call.body = write_marks(item.edit->wish, item.categories);
      if (item.categories) call.if_match = item.etag;
      return call;
    };
    const auto take = [&](Item& item, const BatchAnswer& answer, std::size_t part) {
      if (is_good(answer, part)) {
        item.finished = true;
        const auto* body = answer.part(part).body;
        const bool shown = body != nullptr && !answer.text().string_at(*body, "id").empty();
        return shown ? take_marks(item, answer, part) : item.note(written(item));
      }
      if (answer.part(part).status == 412 && time < kTimes) return again.push_back(&item);
      item.fail(client_.error(answer.response(part)).within("marking a message"));
    };
    if (auto done = call("marking messages", items, make, take, stop); !done) return done;
    items = std::move(again);
  }
  return {};
}

// Of those whose labels change: what they carry now, and what they shall. Nothing is to be written where that is the
// same.
Status MicrosoftEdits::read_categories(const Items& items, const Stop& stop) {
  Items labelled;
  std::copy_if(items.begin(), items.end(), std::back_inserter(labelled),
               [](const Item* item) { return changes_labels(*item->edit); });
  const auto make = [&](const Item& item) {
    return BatchCall{fmt::format("{}?$select={}", message(item), kMarksSelect)};
  };
  const auto take = [&](Item& item, const BatchAnswer& answer, std::size_t part) {
    if (!is_good(answer, part))
      return item.fail(client_.error(answer.response(part)).within("reading a message's marks"));
    take_marks(item, answer, part);
    item.etag = read_etag(answer.text(), *answer.part(part).body);
    const auto& carried = item.edited.marks.labels;
    if (!carried || item.etag.empty()) {
      return item.fail({Code::try_later, "the answer is not about a message", "run the same command again"});
    }
    item.categories = edited(*carried, item.edit->wish);
    const auto& wish = item.edit->wish;
    item.finished = *item.categories == *carried && !wish.unread && !wish.starred;
  };
  return call("reading messages' marks", labelled, make, take, stop);
}

Status MicrosoftEdits::call(const std::string& what, const Items& items,
                            const std::function<BatchCall(const Item&)>& make, const Take& take, const Stop& stop) {
  if (items.empty()) return {};
  std::vector<BatchCall> calls;
  for (const auto* item : items) calls.push_back(make(*item));
  return batch_all(
      client_, what, calls, stop,
      [&](std::size_t index, const BatchAnswer& answer, std::size_t part) { take(*items[index], answer, part); }, true);
}

std::string MicrosoftEdits::message(const Item& item) const {
  return fmt::format("{}/messages/{}", root_, percent_encode(item.edit->id.value));
}

// A message that goes by another id now is no business of the row that has this one: the next sync finds both.
void MicrosoftEdits::take_marks(Item& item, const BatchAnswer& answer, std::size_t part) {
  const auto* body = answer.part(part).body;
  if (body == nullptr || answer.text().string_at(*body, "id") != item.edit->id.value) return;
  item.note(read_marks(answer.text(), *body).marks);
}

}  // namespace mailmgr::microsoft
