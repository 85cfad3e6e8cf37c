// SPDX-License-Identifier: Apache-2.0
#include "adapters/postgres/texts.hpp"

#include <fmt/format.h>

namespace hapax::postgres {
namespace {

/// `text` with the schema for each "@".
std::string in(const std::string& schema, std::string_view text) {
  std::string made;
  for (const char c : text) {
    made += c == '@' ? '"' + schema + '"' : std::string(1, c);
  }
  return made;
}

// The second index is for what a partition deletes without naming keys. It is of `part + 0`, so
// that it can be taken for nothing else: a planner without statistics would take it where keys are
// named. The lock, of any number: of two who find no tables one makes them, and the other one
// waits. The barrier: what is no JSON is never looked at as such, whatever is asked of the view.
constexpr std::string_view kCreate = R"sql(
SELECT pg_advisory_xact_lock(5215575668217810993);
DO $do$ BEGIN
  IF to_regnamespace('@') IS NULL THEN CREATE SCHEMA @; END IF;
END $do$;
CREATE TABLE IF NOT EXISTS @.format (
  one int PRIMARY KEY DEFAULT 1 CHECK (one = 1), version int NOT NULL, cluster text NOT NULL);
CREATE TABLE IF NOT EXISTS @.partitions (
  part int PRIMARY KEY, version bigint NOT NULL, manifest bytea NOT NULL) WITH (fillfactor = 50);
CREATE TABLE IF NOT EXISTS @.rows (
  tbl text COLLATE "C" NOT NULL, key bytea NOT NULL, part int NOT NULL,
  key_rest bytea NOT NULL,
  rest_hash bytea NOT NULL GENERATED ALWAYS AS
    (CASE WHEN key_rest = ''::bytea THEN ''::bytea ELSE sha256(key_rest) END) STORED,
  value bytea NOT NULL,
  PRIMARY KEY (tbl, key, rest_hash, part))
  WITH (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX IF NOT EXISTS rows_by_part ON @.rows ((part + 0), tbl);
CREATE OR REPLACE VIEW @.cells WITH (security_barrier) AS
  SELECT substr(tbl, 5) AS view, part, convert_from(value, 'UTF8')::jsonb AS value
  FROM @.rows WHERE tbl >= 'sql.' AND tbl < 'sql/';
)sql";

// Key by key, by the index, whatever the planner believes (OFFSET 0 is a wall to it). Where a row
// is stays true: the partition is locked, so nobody else changes its rows.
constexpr std::string_view kDeleteKeys =
    "DELETE FROM @.rows WHERE ctid = ANY (ARRAY (SELECT place FROM unnest($3::bytea[], "
    "$4::bytea[]) AS gone (k, r), LATERAL (SELECT ctid AS place FROM @.rows WHERE tbl = $2::text "
    "AND key = k AND key_rest = r AND part = $1::int4 OFFSET 0) AS found))";
constexpr std::string_view kInsert =
    "INSERT INTO @.rows (part, tbl, key, key_rest, value) SELECT $1::int4, $2::text, k, r, v FROM "
    "unnest($3::bytea[], $4::bytea[], $5::bytea[]) AS pairs (k, r, v)";
constexpr std::string_view kOnConflict =
    " ON CONFLICT (tbl, key, rest_hash, part) DO UPDATE SET value = excluded.value";

// All rows of one key are in one page, however many they are; their order among each other is the
// reader's to make.
constexpr std::string_view kPage =
    "SELECT key, key_rest, part, value FROM @.rows WHERE tbl = $1::text AND key {} $2::bytea AND "
    "key <= $3::bytea ORDER BY key FETCH FIRST ($4::int8) ROWS WITH TIES";
constexpr std::string_view kFind =
    "SELECT value FROM @.rows WHERE tbl = $1::text AND key = $2::bytea AND key_rest = $3::bytea";

}  // namespace

Texts::Texts(const std::string& schema)
    : is_there(in(schema, "SELECT to_regclass('@.format') IS NOT NULL")),
      create(in(schema, kCreate)),
      enter_format(in(schema, fmt::format("INSERT INTO @.format (version, cluster) VALUES ({}, ",
                                          kFormatVersion))),
      format(in(schema, "SELECT version, cluster FROM @.format")),
      begin("BEGIN ISOLATION LEVEL READ COMMITTED"),
      rollback("ROLLBACK"),
      commit("COMMIT"),
      add_partition(in(schema,
                       "INSERT INTO @.partitions VALUES ($1::int4, 0, '') ON CONFLICT DO "
                       "NOTHING")),
      lock_partition(
          in(schema, "SELECT version FROM @.partitions WHERE part = $1::int4 FOR UPDATE")),
      version(in(schema, "SELECT version FROM @.partitions WHERE part = $1::int4")),
      set_version(in(schema,
                     "UPDATE @.partitions SET version = $2::int8, manifest = $3::bytea "
                     "WHERE part = $1::int4")),
      delete_all(in(schema, "DELETE FROM @.rows WHERE part + 0 = $1::int4")),
      delete_table(in(schema, "DELETE FROM @.rows WHERE part + 0 = $1::int4 AND tbl = $2::text")),
      delete_range(in(schema,
                      "DELETE FROM @.rows WHERE part = $1::int4 AND tbl = $2::text AND key >= "
                      "$3::bytea AND key <= $4::bytea AND key || key_rest >= $5::bytea AND key || "
                      "key_rest < $6::bytea")),
      delete_keys(in(schema, kDeleteKeys)),
      insert(in(schema, kInsert)),
      put(in(schema, kInsert) + std::string(kOnConflict)),
      begin_read("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
      published(in(schema, "SELECT part, version, manifest FROM @.partitions ORDER BY part")),
      versions(in(schema, "SELECT part, version FROM @.partitions ORDER BY part")),
      manifest(in(schema, "SELECT manifest FROM @.partitions WHERE part = $1::int4")),
      page_from(in(schema, fmt::format(kPage, ">="))),
      page_behind(in(schema, fmt::format(kPage, ">"))),
      find(in(schema, kFind) + " ORDER BY part LIMIT 1"),
      find_in(in(schema, kFind) + " AND part = $4::int4") {}

}  // namespace hapax::postgres
