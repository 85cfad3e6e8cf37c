// SPDX-License-Identifier: Apache-2.0
#include "views/catalog/catalog_record.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "testing/scripted_log.hpp"
#include "views/catalog/catalog_text.hpp"

namespace hapax {
namespace {

using testing::HasSubstr;

ViewSpec spec_of(const std::string& text) {
  return parse_view_json(text).value();
}

ViewCatalog catalog_of_all_kinds() {
  return {
      .number = 7,
      .views = {
          {.id = "by_day.7",
           .spec = spec_of(
               R"-({"name":"by_day","measures":{"n":"count","q":"quantile(properties.ms, 0.1)"},
                                "where":{"event":"a \"quoted\" one","properties.n":{"ge":0.1}},
                                "window":{"tumbling":"1d","zone":"Europe/Berlin"},"keep":"90d",
                                "group_by":["source","properties.\"a.b\""]})-"),
           .origin = ViewOrigin::kBuiltIn},
          {.id = "mine.2",
           .spec = spec_of(R"-({"name":"mine","measures":{"u":"uniques(user)"}})-"),
           .origin = ViewOrigin::kApi},
          {.id = "old.1",
           .spec = spec_of(R"({"name":"old","measures":{"n":"count"},"window":{"tumbling":"5m"}})"),
           .origin = ViewOrigin::kFile,
           .retired_at = processing_time_from_micros(1'795'707'187'123'456)}}};
}

TEST(CatalogTextTest, IsReadBack) {
  EXPECT_EQ(decode_catalog(encode_catalog(catalog_of_all_kinds())).value(), catalog_of_all_kinds());
  EXPECT_EQ(decode_catalog(encode_catalog({})).value(), ViewCatalog());
}

// A file of format version 1, as it was written then.
TEST(CatalogTextTest, VersionOneIsReadToWhatWasWritten) {
  std::ifstream file(HAPAX_GOLDEN_DIR "/catalog_v1.json", std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(encode_catalog(catalog_of_all_kinds()), text);
  const auto catalog = decode_catalog(text);
  ASSERT_TRUE(catalog) << catalog.error().text();
  EXPECT_EQ(*catalog, catalog_of_all_kinds());
}

TEST(CatalogTextTest, OtherTextsAreRefused) {
  const std::string text = encode_catalog(catalog_of_all_kinds());
  const auto with = [&](const std::string& what, const std::string& instead) {
    std::string other = text;
    other.replace(other.find(what), what.size(), instead);
    return decode_catalog(other);
  };
  EXPECT_EQ(decode_catalog(text.substr(0, text.size() / 2)).error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(with("\"api\"", "\"me\"").error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(with("\"id\"", "\"di\"").error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(with(R"("name":"mine")", R"("name":"zine")").error().kind, ErrorKind::kCorrupt);
  EXPECT_THAT(with("\"format\":1", "\"format\":2").error().text(), HasSubstr("version 2"));
}

TEST(CatalogRecordTest, TheLastAnnouncementCounts) {
  const CatalogAnnouncement first{.number = 1, .text_hash = 3};
  const CatalogAnnouncement second{.number = 2, .text_hash = 0xFEDC'BA98'7654'3210};
  const auto record = [](const CatalogAnnouncement& said) {
    return control_record(kCatalogControl, encode_announcement(said));
  };
  EXPECT_EQ(announcement_among(std::vector<std::string>{}).value(), std::nullopt);
  const std::vector<std::string> controls{record(first), control_record("settings", "any"),
                                          record(second), control_record("other", "")};
  EXPECT_EQ(announcement_among(controls).value(), second);
}

TEST(CatalogRecordTest, OtherValuesAreRefused) {
  const std::string value = encode_announcement({.number = 1, .text_hash = 2});
  EXPECT_EQ(decode_announcement(std::string("\x02").append(value.substr(1))).error().kind,
            ErrorKind::kInvalid);
  EXPECT_EQ(decode_announcement(value.substr(0, 12)).error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(decode_announcement(value + "x").error().kind, ErrorKind::kCorrupt);
}

}  // namespace
}  // namespace hapax
