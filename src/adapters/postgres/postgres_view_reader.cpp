// SPDX-License-Identifier: Apache-2.0
#include "adapters/postgres/postgres_view_reader.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "adapters/postgres/question.hpp"
#include "adapters/postgres/row_cursor.hpp"
#include "adapters/postgres/session_pool.hpp"

namespace hapax {
namespace {

using postgres::Question;
using postgres::Session;
using postgres::SessionPool;
using postgres::Texts;

class Reader : public PartitionsReader {
 public:
  Reader(Session& session, const SessionPool& pool)
      : session_(session), texts_(pool.texts()), settings_(pool.settings()) {}

  Result<std::optional<std::string>> find(std::string_view table, std::string_view key) override {
    return found(table, pair(texts_.find, table, key));
  }
  Result<std::optional<std::string>> find_in(std::uint32_t part, std::string_view table,
                                             std::string_view key) override {
    return found(table, pair(texts_.find_in, table, key).int4(part));
  }
  std::unique_ptr<StateCursor> cursor(std::string_view table, std::string to) override {
    return std::make_unique<postgres::RowCursor>(session_, texts_, settings_, table, std::move(to));
  }
  Result<std::vector<std::uint64_t>> versions() override {
    HAPAX_ASSIGN(const auto answer, session_.ask("read the versions", Question(texts_.versions)));
    std::vector<std::uint64_t> versions;
    for (int row = 0; row < PQntuples(answer.get()); ++row) {
      versions.resize(postgres::int4_in(*answer, row, 0) + std::size_t{1});
      versions.back() = postgres::int8_in(*answer, row, 1);
    }
    return versions;
  }
  Result<std::string> manifest(PartitionId partition) override {
    HAPAX_ASSIGN(
        const auto answer,
        session_.ask("read a partition", Question(texts_.manifest).int4(partition.value())));
    return PQntuples(answer.get()) == 0 ? std::string()
                                        : std::string(postgres::bytes_in(*answer, 0, 0));
  }

 private:
  static Question pair(const std::string& text, std::string_view table, std::string_view key) {
    return Question(text).bytes(table).bytes(postgres::head_of(key)).bytes(postgres::rest_of(key));
  }
  Result<std::optional<std::string>> found(std::string_view table, const Question& question) {
    HAPAX_ASSIGN(const auto answer, session_.ask("read " + std::string(table), question));
    return PQntuples(answer.get()) == 0
               ? std::optional<std::string>()
               : std::optional<std::string>(postgres::bytes_in(*answer, 0, 0));
  }

  Session& session_;
  const Texts& texts_;
  const PostgresSettings& settings_;
};

class Snapshot : public PartitionsSnapshot {
 public:
  explicit Snapshot(std::weak_ptr<SessionPool> pool) : pool_(std::move(pool)) {}

  Result<void> read(const Read& read) const override {
    const std::shared_ptr<SessionPool> pool = pool_.lock();
    if (!pool) {
      return Error{ErrorKind::kUnavailable, "the reader of PostgreSQL is closed"};
    }
    HAPAX_ASSIGN(const SessionPool::Lease session, pool->take());
    HAPAX_TRY(session->ask("begin to read", Question(pool->texts().begin_read)));
    Reader reader(*session, *pool);
    Result<void> done = read(reader);
    // All was read: whatever becomes of this, only the session is used again or not.
    static_cast<void>(session->ask("end a read", Question(pool->texts().commit)).has_value());
    return done;
  }
  bool is_open() const override { return !pool_.expired(); }

 private:
  const std::weak_ptr<SessionPool> pool_;
};

}  // namespace

Result<std::unique_ptr<PostgresViewReader>> PostgresViewReader::open(PostgresSettings settings) {
  HAPAX_TRY(check_postgres_settings(settings));
  return std::unique_ptr<PostgresViewReader>(
      new PostgresViewReader(std::make_shared<SessionPool>(std::move(settings))));
}

Result<std::vector<PublishedPartition>> PostgresViewReader::published() {
  HAPAX_ASSIGN(const SessionPool::Lease session, pool_->take());
  HAPAX_ASSIGN(const auto answer,
               session->ask("read the partitions", Question(pool_->texts().published)));
  std::vector<PublishedPartition> published;
  for (int row = 0; row < PQntuples(answer.get()); ++row) {
    published.resize(postgres::int4_in(*answer, row, 0) + std::size_t{1});
    published.back() = {.version = postgres::int8_in(*answer, row, 1),
                        .manifest = std::string(postgres::bytes_in(*answer, row, 2))};
  }
  return published;
}

std::shared_ptr<const PartitionsSnapshot> PostgresViewReader::snapshot() {
  return std::make_shared<Snapshot>(pool_);
}

}  // namespace hapax
