// How a search will be answered, in words for people.
#include <fmt/format.h>

#include "store/hits.h"
#include "store/message_reader.h"

namespace mailmgr::store {
namespace {

std::string counted(std::size_t number, std::string_view one, std::string_view many) {
  return number == 1 ? std::string(one) : fmt::format("{} {}", number, many);
}

}  // namespace

std::string_view to_string(HitMethod method) {
  switch (method) {
    case HitMethod::words:
      return "words";
    case HitMethod::relevance:
      return "relevance";
    case HitMethod::set:
      return "set";
    case HitMethod::folder:
      return "folder";
    case HitMethod::date:
      break;
  }
  return "date";
}

std::vector<std::string> Hits::steps() const {
  std::vector<std::string> steps;
  auto conditions = query_.filters.size();
  switch (method_) {
    case HitMethod::words:
      steps.emplace_back("the full-text index gives the messages with the words, newest first");
      break;
    case HitMethod::relevance:
      steps.emplace_back("the full-text index gives all messages with the words, which are sorted, best first");
      break;
    case HitMethod::set:
      steps.push_back(fmt::format("an index gives {} and their dates, which are sorted, newest first",
                                  counted(set_size_, "one message", "messages")));
      if (query_.match != 0)
        steps.emplace_back("those that the full-text index does not give for the words are left out");
      --conditions;
      break;
    case HitMethod::folder:
      steps.emplace_back("the messages of one folder or label are walked, newest first");
      --conditions;
      break;
    case HitMethod::date:
      steps.emplace_back("all messages are walked, newest first");
      break;
  }
  if (conditions > 0) {
    steps.push_back(fmt::format("each is checked against {}", counted(conditions, "one condition", "conditions")));
  }
  if (query_.noted_candidates > 0) {
    steps.push_back(fmt::format("{} with the words in a note {} looked at apart",
                                counted(query_.noted_candidates, "one message", "messages"),
                                query_.noted_candidates == 1 ? "is" : "are"));
  }
  return steps;
}

Result<Explanation> SqliteMessageReader::explain(const query::Query& query, const Selection& selection,
                                                 const std::vector<AccountName>& names) {
  Selection shown = selection;
  shown.without = hidden_.accounts;
  return db_.read("explaining the search", [&] {
    const Hits hits(db_, messages_.index(), QueryCompiler(db_, names).compile(query, shown), selection.order,
                    place_of(selection.before), selection.limit);
    return Explanation{std::string(to_string(hits.method())), hits.steps()};
  });
}

}  // namespace mailmgr::store
