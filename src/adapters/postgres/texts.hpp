// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hapax::postgres {

/// Of what the tables are; another one is not touched. See docs/postgres.md.
inline constexpr int kFormatVersion = 1;

/// So much of a key is in the column `key`, which is in an index, where PostgreSQL has room for 2.7
/// kB; the rest, hardly ever there, is in `key_rest`.
inline constexpr std::size_t kKeyHeadBytes = 1'024;

inline std::string_view head_of(std::string_view key) {
  return key.substr(0, kKeyHeadBytes);
}
inline std::string_view rest_of(std::string_view key) {
  return key.substr(head_of(key).size());
}

/// What is asked of the tables in a schema; the names of parameters in their order.
struct Texts {
  explicit Texts(const std::string& schema);

  // Of the schema itself.
  const std::string is_there;
  const std::string create;        ///< Several statements, but for the row of `format`.
  const std::string enter_format;  ///< Ends where the cluster's name as a literal follows.
  const std::string format;        ///< Gives the version as text, and the cluster.

  // Of publishers.
  const std::string begin;
  const std::string rollback;
  const std::string commit;
  const std::string add_partition;   ///< Part.
  const std::string lock_partition;  ///< Part; gives the version.
  const std::string version;         ///< Part.
  const std::string set_version;     ///< Part, version, manifest.
  const std::string delete_all;      ///< Part.
  const std::string delete_table;    ///< Part, table.
  const std::string delete_range;    ///< Part, table, heads of both ends, both ends.
  const std::string delete_keys;     ///< Part, table, heads, rests.
  const std::string insert;          ///< Part, table, heads, rests, values.
  const std::string put;             ///< The same where there may be one.

  // Of readers.
  const std::string begin_read;
  const std::string published;    ///< Gives part, version, manifest, by part.
  const std::string versions;     ///< The same without manifests.
  const std::string manifest;     ///< Part.
  const std::string page_from;    ///< Table, head at or behind which, head of the end, rows.
  const std::string page_behind;  ///< The same behind that head.
  const std::string find;         ///< Table, head, rest.
  const std::string find_in;      ///< The same, part.
};

}  // namespace hapax::postgres
