// Edits of Outlook messages, twenty a batch. Graph runs four parts of a batch at a time and four requests of a mailbox
// in all, so one batch on its way is as fast as several, and never refused for being too many.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/ports/curator.h"
#include "providers/api_client.h"
#include "providers/microsoft/microsoft_batch.h"

namespace mailmgr::microsoft {

// Places first, then marks, so that nothing is done to a message that is not where it was.
//
// A message is moved or destroyed by its path below the folder in which it is expected ("message: move" has it): one
// that is elsewhere is not found there, which costs nothing beyond the request that is needed anyway. What is not found
// is looked up by its id: in the destination, the first answer was lost and all is well; in another folder, it is a
// conflict; in the very folder, the server does not take such paths, and it is moved by its id.
//
// Categories are a list that is replaced as a whole: it is read, changed and written on the condition that nobody wrote
// the message in between (If-Match), once more if somebody did. "Read" and "flagged" need no condition.
class MicrosoftEdits {
 public:
  // Both outlive this.
  MicrosoftEdits(ApiClient& client, const std::string& user_root) : client_(client), root_(user_root) {}

  // As Curator::apply.
  Status apply(std::span<const Edit> edits, const EditSink& sink, const Stop& stop);

 private:
  struct Item {
    const Edit* edit;
    bool finished = false;
    Edited edited = {};
    std::string etag = {};
    std::optional<std::vector<FolderId>> categories = {};  // to be written

    void fail(Error error);
    void note(MarksPatch marks);
  };
  using Items = std::vector<Item*>;
  using Take = std::function<void(Item&, const BatchAnswer&, std::size_t)>;

  Status run(std::vector<Item>& items, const Stop& stop);
  Status relocate(const Items& items, bool by_id, Items& missed, const Stop& stop);
  Status look_up(const Items& missed, Items& still_there, const Stop& stop);
  Status mark(Items items, const Stop& stop);
  Status read_categories(const Items& items, const Stop& stop);
  Status call(const std::string& what, const Items& items, const std::function<BatchCall(const Item&)>& make,
              const Take& take, const Stop& stop);
  std::string message(const Item& item) const;
  static MarksPatch written(const Item& item);
  static void take_marks(Item& item, const BatchAnswer& answer, std::size_t part);

  ApiClient& client_;
  const std::string& root_;
};

}  // namespace mailmgr::microsoft
