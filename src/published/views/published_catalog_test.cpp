// SPDX-License-Identifier: Apache-2.0
#include "published/views/published_catalog.hpp"

#include <gtest/gtest.h>

#include <string>

#include "published/published_manifest.hpp"
#include "testing/memory_catalog.hpp"
#include "testing/memory_view_store.hpp"
#include "views/catalog/catalog_text.hpp"

namespace hapax {
namespace {

class PublishedCatalogTest : public testing::Test {
 protected:
  void publish(std::uint32_t partition) {
    PartitionUpdate update;
    update.version = ++version_;
    StateWrite::Table& table = update.change.tables.emplace_back();
    table.name = kCatalogTable;
    table.changes.put(kCatalogKey, encode_catalog(*declared_.current()));
    PublishedManifest manifest;
    manifest.partition.partition = PartitionId(partition);
    manifest.catalog = declared_.current()->number;
    update.change.manifest = encode_published(manifest);
    ASSERT_TRUE(tables_.publish(PartitionId(partition), std::move(update)));
  }

  PublishedTables tables_;
  MemoryViewReader reader_{tables_};
  MemoryCatalog declared_{{kEventsPerMinute}};
  std::uint64_t version_ = 0;
  PublishedCatalog catalog_{reader_};
};

TEST_F(PublishedCatalogTest, BeforeAnythingIsPublishedItIsEmpty) {
  ASSERT_TRUE(catalog_.look());
  EXPECT_TRUE(catalog_.current()->views.empty());
}

TEST_F(PublishedCatalogTest, TheNewestOfAllPartitionsHolds) {
  publish(0);
  publish(1);
  ASSERT_TRUE(catalog_.look());
  EXPECT_EQ(*catalog_.current(), *declared_.current());
  const auto before = catalog_.current();
  ASSERT_TRUE(catalog_.look());
  EXPECT_EQ(catalog_.current(), before) << "it stays as it is";
  declared_.set({});
  publish(0);  // The other one is behind.
  ASSERT_TRUE(catalog_.look());
  EXPECT_EQ(*catalog_.current(), *declared_.current());
}

}  // namespace
}  // namespace hapax
