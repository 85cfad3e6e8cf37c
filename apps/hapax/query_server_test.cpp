// SPDX-License-Identifier: Apache-2.0
#include "query_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "declared_catalog.hpp"
#include "server_client.hpp"
#include "testing/counting_partition.hpp"
#include "testing/memory_view_store.hpp"
#include "testing/temporary_directory.hpp"
#include "views/catalog/default_views.hpp"

namespace hapax {
namespace {

using testing::HasSubstr;

constexpr const char* kView = "events_per_day";

/// A server of a cluster of two partitions, asked over HTTP.
class QueryServerTest : public testing::Test {
 protected:
  QueryServerTest() {
    for (std::uint32_t i = 0; i < 2; ++i) {
      parts_.push_back(std::make_unique<CountingPartition>(PartitionId(i), view_json(spec()),
                                                           std::string(kView) + ".1"));
      parts_.back()->count_by(
          with_declared({}, {{.spec = spec(), .origin = ViewOrigin::kBuiltIn}}, {}).value());
    }
  }

  static ViewSpec spec() { return default_views(kView).value().front(); }
  void add(std::size_t part, const std::string& user) {
    const std::string id = std::to_string(++events_);
    const EventTime time{std::chrono::hours(24 * 365 * 50)};
    parts_[part]->add(key_event({.source = "web",
                                 .message_id = id,
                                 .type = EventType::kTrack,
                                 .name = "Clicked",
                                 .user_id = user,
                                 .received_at = ProcessingTime(time.time_since_epoch()),
                                 .event_time = time},
                                hasher_));
  }
  void publish_all() {
    for (const auto& part : parts_) {
      part->publish_to(tables_);
    }
  }

  Result<std::unique_ptr<QueryServer>> open() {
    Settings settings;
    settings.listen = "127.0.0.1:0";
    settings.data_dir = directory_.path();
    settings.dev = true;
    settings.cluster_partitions = 2;
    settings.default_views = kView;
    return QueryServer::start(settings, {.published = std::make_unique<MemoryViewReader>(tables_)});
  }
  void start() {
    auto server = open();
    ASSERT_TRUE(server) << server.error().text();
    server_ = std::move(*server);
  }
  ServerAnswer ask(const std::string& method, const std::string& target,
                   const std::string& body = "") {
    const auto answer = ask_server(parse_url(server_->url()).value(), method, target, body);
    EXPECT_TRUE(answer) << answer.error().text();
    return answer ? *answer : ServerAnswer();
  }

  const TemporaryDirectory directory_;
  const IdHasher hasher_;
  PublishedTables tables_;
  std::vector<std::unique_ptr<CountingPartition>> parts_;
  int events_ = 0;
  std::unique_ptr<QueryServer> server_;
};

TEST_F(QueryServerTest, AnswersAViewOfAllPartitions) {
  add(0, "ada");
  add(1, "bob");
  add(1, "bob");
  publish_all();
  start();
  const ServerAnswer rows = ask("GET", "/api/views/events_per_day?from=2019-01-01");
  EXPECT_EQ(rows.status, 200);
  EXPECT_THAT(rows.body, HasSubstr(R"("values":{"count":3,"users":2})"));
  EXPECT_THAT(ask("GET", "/api/views").body, HasSubstr(R"("state":"live")"));
  EXPECT_THAT(ask("GET", "/api/audit").body, HasSubstr(R"("balanced":true)"));
  EXPECT_THAT(ask("GET", "/metrics").body, HasSubstr("\npublished_readable 1\n"));
  EXPECT_EQ(ask("GET", "/health/ready").status, 200);
  EXPECT_EQ(ask("GET", "/api/boards").status, 200);
}

TEST_F(QueryServerTest, SaysWhatItIsNotFor) {
  publish_all();
  start();
  const ServerAnswer sent = ask("POST", "/v1/batch", R"({"batch":[]})");
  EXPECT_EQ(sent.status, 404);
  EXPECT_THAT(sent.body, HasSubstr("hapax collect"));
  EXPECT_EQ(ask("GET", "/api/events").status, 404);
  EXPECT_EQ(ask("DELETE", "/api/views/events_per_day").status, 409);
  EXPECT_THAT(ask("GET", "/api/gaps").body, HasSubstr("not known of a cluster yet"));
}

TEST_F(QueryServerTest, IsNotReadyWhileTheViewStoreIsAway) {
  tables_.fail(Error{ErrorKind::kUnavailable, "no view store"});
  start();
  const ServerAnswer ready = ask("GET", "/health/ready");
  EXPECT_EQ(ready.status, 503);
  EXPECT_THAT(ready.body, HasSubstr("no view store"));
  EXPECT_EQ(ask("GET", "/health/live").status, 200);
}

TEST_F(QueryServerTest, TwoOfThemDoNotShareADataDirectory) {
  publish_all();
  start();
  const auto second = open();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kUnavailable);
}

TEST(DeclaredCatalogTest, HasTheIdsOfAFirstStartWithoutWhatClustersDoNotCount) {
  std::vector<DeclaredView> declared;
  auto specs = default_views("events_per_day").value();
  specs.push_back(
      parse_view_json(
          R"({"name":"devices","per":"anonymous_id","window":{"tumbling":"1d"},"measures":{"n":"count"}})")
          .value());
  for (ViewSpec& spec : specs) {
    declared.push_back({.spec = std::move(spec), .origin = ViewOrigin::kBuiltIn});
  }
  const ViewCatalog catalog = with_declared({}, counted_by_cluster(declared), {}).value();
  ASSERT_EQ(catalog.views.size(), 1U);
  EXPECT_EQ(catalog.views[0].id, "events_per_day.1");
}

}  // namespace
}  // namespace hapax
