// SPDX-License-Identifier: Apache-2.0
#include "bench_client/request_source.hpp"

#include <gtest/gtest.h>
#include <libdeflate.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <string>

namespace hapax::bench {
namespace {

using Json = nlohmann::json;

constexpr auto kNow = processing_time_from_micros(1'795'473'638'123'000);
Target local_target() {
  return {.host = "127.0.0.1", .port = 8080};
}

class TestRandom : public Random {
 public:
  std::uint64_t next() override { return engine_(); }

 private:
  std::mt19937_64 engine_{1};
};

std::string gunzip(std::string_view bytes) {
  const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)>
      decompressor(libdeflate_alloc_decompressor(), &libdeflate_free_decompressor);
  std::string text(1U << 20U, '\0');
  std::size_t size = 0;
  EXPECT_EQ(libdeflate_gzip_decompress(decompressor.get(), bytes.data(), bytes.size(), text.data(),
                                       text.size(), &size),
            LIBDEFLATE_SUCCESS);
  return text.substr(0, size);
}

TEST(RequestSourceTest, PlainHeadsAnnounceTheLengthOfTheBody) {
  TestRandom random;
  MessageIds ids(random);
  PlainRequests source(local_target(), {.events = 7}, 2, ids);
  const auto request = source.next(1, kNow);
  EXPECT_TRUE(request.head.starts_with("POST /v1/batch HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n"));
  EXPECT_NE(request.head.find("Content-Length: " + std::to_string(request.body.size()) + "\r\n"),
            std::string_view::npos);
}

TEST(RequestSourceTest, BodiesOfTwoConnectionsAreApart) {
  TestRandom random;
  MessageIds ids(random);
  PlainRequests source(local_target(), {.events = 1}, 2, ids);
  const auto first = source.next(0, kNow);
  const std::string before(first.body);
  static_cast<void>(source.next(1, kNow));
  EXPECT_EQ(first.body, before);
}

TEST(RequestSourceTest, GzipBodiesAreDifferentBatches) {
  TestRandom random;
  MessageIds ids(random);
  const auto source = GzipRequests::prepare(local_target(), {.events = 5}, 2, 3, ids, kNow);
  ASSERT_TRUE(source);
  std::set<std::string> seen;
  for (const std::size_t connection : {0U, 1U, 0U}) {
    const auto request = (*source)->next(connection, kNow);
    EXPECT_NE(request.head.find("Content-Encoding: gzip\r\n"), std::string_view::npos);
    const auto json = Json::parse(gunzip(request.body));
    for (const auto& event : json.at("batch")) {
      seen.insert(event.at("messageId").get<std::string>());
    }
  }
  EXPECT_EQ(seen.size(), 15U);
}

}  // namespace
}  // namespace hapax::bench
