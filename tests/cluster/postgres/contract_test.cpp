// SPDX-License-Identifier: Apache-2.0
// The contract of the port, kept by tables of a real PostgreSQL.
#include <chrono>
#include <memory>

#include "real_postgres.hpp"
#include "testing/view_store_contract.hpp"

namespace hapax {
namespace {

class InPostgres : public ViewStoreUnderTest {
 public:
  explicit InPostgres(bool in_small_pieces = false) {
    if (in_small_pieces) {
      server_.settings().piece_rows = 20;
      server_.settings().page_rows = 8;
      server_.settings().connections_max = 2;
    }
    // Readers find tables only where somebody has made them.
    store_ = server_.open_store();
    other_ = server_.open_store();
    reader_ = server_.open_reader();
    bool is_there = false;
    store_->version(PartitionId(0), [&is_there](const auto&) { is_there = true; });
    while (!is_there) {
      run_callbacks();
    }
  }

  ViewStore& store() override { return *store_; }
  ViewStore& other() override { return *other_; }
  ViewStoreReader& reader() override { return *reader_; }
  void run_callbacks() override {
    constexpr std::chrono::milliseconds kWait{5};
    store_->poll(kWait);
    other_->poll(std::chrono::milliseconds(0));
  }
  std::size_t rows_in_a_page() const override { return 1'000; }

 private:
  RealPostgres server_;
  std::unique_ptr<PostgresViewStore> store_;
  std::unique_ptr<PostgresViewStore> other_;
  std::unique_ptr<PostgresViewReader> reader_;
};

INSTANTIATE_TEST_SUITE_P(Postgres, ViewStoreContract,
                         testing::Values([]() -> std::unique_ptr<ViewStoreUnderTest> {
                           return std::make_unique<InPostgres>();
                         }));

INSTANTIATE_TEST_SUITE_P(PostgresInSmallPieces, ViewStoreContract,
                         testing::Values([]() -> std::unique_ptr<ViewStoreUnderTest> {
                           return std::make_unique<InPostgres>(true);
                         }));

}  // namespace
}  // namespace hapax
