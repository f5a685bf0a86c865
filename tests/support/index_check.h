// What is wrong with the full-text index of a mail.db, asked of the index's own tables: FTS5's check is blind to a
// contentless index, in
// which the entries of removed messages stay behind. Run kIndexWords, then kIndexComplaints.
#pragma once

namespace mailmgr::test {

inline constexpr const char* kIndexWords =
    "CREATE VIRTUAL TABLE temp.indexed_words USING fts5vocab('main', 'search', 'instance');";

// One row per complaint; none when every stored message is in the index exactly once.
inline constexpr const char* kIndexComplaints =
    "SELECT 'message ' || id || ' has no place' FROM message WHERE stored > 0 AND position IS NULL"
    " UNION ALL SELECT 'message ' || id || ' has a place but no content' FROM message"
    " WHERE stored = 0 AND position IS NOT NULL"
    " UNION ALL SELECT 'message ' || id || ' is not in the list of entries' FROM message"
    " WHERE stored > 0 AND position NOT IN (SELECT id FROM search_docsize)"
    " UNION ALL SELECT 'message ' || id || ' has no words' FROM message"
    " WHERE stored > 0 AND position NOT IN (SELECT doc FROM temp.indexed_words)"
    " UNION ALL SELECT count(*) || ' messages at ' || position FROM message WHERE position IS NOT NULL"
    " GROUP BY position HAVING count(*) > 1;";

}  // namespace mailmgr::test
