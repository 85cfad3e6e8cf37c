// SPDX-License-Identifier: Apache-2.0
#include "config/load.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "config/options.hpp"
#include "config/quantity.hpp"

namespace hapax {
namespace {

using namespace std::chrono_literals;  // NOLINT

SettingsInput input(std::optional<std::string> file = std::nullopt) {
  return {.file_name = "hapax.toml",
          .file_text = std::move(file),
          .environment = [](const std::string&) { return std::optional<std::string>(); },
          .flags = {}};
}

TEST(LoadSettingsTest, StartsWithNothing) {
  const auto loaded = load_settings(input());
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->settings.listen, "127.0.0.1:8080");
  EXPECT_EQ(loaded->settings.dedup_window, 7 * 24h);
}

TEST(LoadSettingsTest, FlagBeatsEnvironmentBeatsFileBeatsDefault) {
  auto layers = input("[log]\npartitions = 8\nsegment_bytes = \"8MiB\"\nretention_age = \"2d\"");
  layers.environment = [](const std::string& name) -> std::optional<std::string> {
    if (name == "HAPAX_LOG_PARTITIONS") {
      return "16";
    }
    return name == "HAPAX_LOG_SEGMENT_BYTES" ? std::optional<std::string>("16MiB") : std::nullopt;
  };
  layers.flags["log.partitions"] = "32";
  const auto loaded = load_settings(layers);
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_EQ(loaded->settings.partitions, 32U);
  EXPECT_EQ(loaded->settings.segment_bytes, 16U << 20U);
  EXPECT_EQ(loaded->settings.retention_age, 48h);
  EXPECT_EQ(loaded->origins.at("log.partitions"), "--log-partitions");
  EXPECT_EQ(loaded->origins.at("log.segment_bytes"), "HAPAX_LOG_SEGMENT_BYTES");
  EXPECT_EQ(loaded->origins.at("log.retention_age"), "hapax.toml");
  EXPECT_EQ(loaded->origins.at("dedup.window"), "default");
}

TEST(LoadSettingsTest, UnknownKeysStopTheStartWithASuggestion) {
  const auto loaded = load_settings(input("[log]\npartition = 8"));
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().message.find("\"log.partition\""), std::string::npos);
  EXPECT_NE(loaded.error().hint.find("\"log.partitions\""), std::string::npos);
}

TEST(LoadSettingsTest, ValuesOutOfRangeNameTheirOrigin) {
  const auto loaded = load_settings(input("[log]\npartitions = 1000"));
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().message, "log.partitions (hapax.toml): 1000 is outside 1 to 64");
}

TEST(LoadSettingsTest, ABodyIsNoLargerThanOneAppendOfTheLog) {
  const auto with_body_limit = [](const std::string& limit) {
    auto flags = input();
    flags.flags["collector.decoded_body_bytes_limit"] = limit;
    return load_settings(flags);
  };
  EXPECT_TRUE(with_body_limit(std::to_string(kAppendBytesLimit)));
  const auto refused = with_body_limit(std::to_string(kAppendBytesLimit + 1));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("is outside 1KiB to 32MiB"), std::string::npos)
      << refused.error().message;
}

TEST(LoadSettingsTest, DamagedFilesNameTheLine) {
  const auto loaded = load_settings(input("[log]\npartitions = \n"));
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().message.rfind("hapax.toml:2", 0), 0U) << loaded.error().message;
}

TEST(LoadSettingsTest, WhatTheParserTakesForImpossibleIsADamagedFile) {
  for (const std::string text : {"d = 1979-05-27T'''07:32:00Z", "d = 1979-05-27T'"}) {
    const auto loaded = load_settings(input(text));
    ASSERT_FALSE(loaded) << text;
    EXPECT_EQ(loaded.error().kind, ErrorKind::kInvalid);
    EXPECT_TRUE(loaded.error().message.starts_with("hapax.toml:")) << loaded.error().message;
  }
}

TEST(LoadSettingsTest, OtherMachinesMayConnectOnlyWithKeys) {
  auto open = input();
  open.flags["http.listen"] = "0.0.0.0:8080";
  EXPECT_FALSE(load_settings(open));
  open.flags["api.read_keys"] = "r";
  EXPECT_FALSE(load_settings(open));
  open.flags["collector.write_keys"] = "k=web";
  EXPECT_TRUE(load_settings(open));
}

TEST(LoadSettingsTest, AServerForDevelopmentIsForThisMachineAlone) {
  auto open = input();
  open.flags["server.dev"] = "yes";
  EXPECT_TRUE(load_settings(open));
  open.flags["collector.write_keys"] = "k=web";
  for (const char* listen : {"0.0.0.0:8080", "10.0.0.7:8080", "[::]:8080", "example.com:80"}) {
    open.flags["http.listen"] = listen;
    const auto loaded = load_settings(open);
    ASSERT_FALSE(loaded) << listen;
    EXPECT_NE(loaded.error().text().find("--dev"), std::string::npos);
  }
}

TEST(LoadSettingsTest, HostsAreNames) {
  const auto loaded = load_settings(input("[http]\nhosts = [\"Events.Example.com\", \"b\"]"));
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_EQ(loaded->settings.hosts,
            (std::set<std::string, std::less<>>{"b", "events.example.com"}));
  for (const char* bad : {"https://a", "a:8080", "*.a"}) {
    auto flags = input();
    flags.flags["http.hosts"] = bad;
    EXPECT_FALSE(load_settings(flags)) << bad;
  }
}

TEST(LoadSettingsTest, KeysComeAsTablesAndAreNeverPrinted) {
  const auto loaded = load_settings(input(
      "[collector]\nwrite_keys = {hidden1 = \"web\", hidden2 = \"ios\"}\n"
      "[api]\nread_keys = [\"hidden3\"]\nadmin_keys = [\"hidden4\"]\nevent_keys = [\"hidden5\"]"));
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_EQ(loaded->settings.write_keys.at("hidden1"), "web");
  EXPECT_EQ(loaded->settings.write_keys.at("hidden2"), "ios");
  EXPECT_TRUE(loaded->settings.read_keys.contains("hidden3"));
  EXPECT_TRUE(loaded->settings.admin_keys.contains("hidden4"));
  EXPECT_TRUE(loaded->settings.event_keys.contains("hidden5"));
  EXPECT_EQ(print_settings(*loaded).find("hidden"), std::string::npos);
}

TEST(LoadSettingsTest, ViewsAreNoSettings) {
  const auto loaded =
      load_settings(input("[[view]]\nname = \"a\"\nany = 1\n[[view]]\n"
                          "[views]\nidle_timeout = \"3s\"\n"
                          "defaults = [\"a\", \"b\"]"));
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_EQ(loaded->settings.idle_timeout, 3s);
  EXPECT_EQ(loaded->settings.default_views, "a,b");
  EXPECT_FALSE(load_settings(input("view = 3")));
  const auto misspelt = load_settings(input("[[views]]\nname = \"a\""));
  ASSERT_FALSE(misspelt);
  EXPECT_NE(misspelt.error().hint.find("[[view]]"), std::string::npos);
  const auto single = load_settings(input("[view]\nname = \"a\""));
  ASSERT_FALSE(single);
  EXPECT_NE(single.error().hint.find("[[view]]"), std::string::npos);
  const auto former = load_settings(input("[view]\nidle_timeout = \"3s\""));
  ASSERT_FALSE(former);
  EXPECT_NE(former.error().hint.find("\"views.idle_timeout\""), std::string::npos);
}

TEST(LoadSettingsTest, SpaceAroundKeysAndSourcesDoesNotMatter) {
  auto flags = input();
  flags.flags["collector.write_keys"] = " a=web, b = ios ,, c=the shop,";
  flags.flags["api.read_keys"] = "k1, k2 ,";
  const auto loaded = load_settings(flags);
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_EQ(loaded->settings.write_keys, (std::map<std::string, std::string, std::less<>>{
                                             {"a", "web"}, {"b", "ios"}, {"c", "the shop"}}));
  EXPECT_EQ(loaded->settings.read_keys.size(), 2U);
  EXPECT_TRUE(loaded->settings.read_keys.contains("k2"));
}

TEST(LoadSettingsTest, AReadKeyReadsEverythingOrTheSourcesThatItNames) {
  const auto loaded = load_settings(
      input("[api]\nread_keys = [\"hidden1\", \"hidden2 = web\", \"hidden2=the shop\"]"));
  ASSERT_TRUE(loaded) << loaded.error().text();
  const auto& keys = loaded->settings.read_keys;
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_TRUE(keys.at("hidden1").empty());
  EXPECT_EQ(keys.at("hidden2"), (std::set<std::string, std::less<>>{"the shop", "web"}));
  EXPECT_EQ(print_settings(*loaded).find("hidden"), std::string::npos);
  for (const char* bad : {"k=", "k= ", "=web", "k==", "k,k=web", "k=web,k"}) {
    auto flags = input();
    flags.flags["api.read_keys"] = bad;
    EXPECT_FALSE(load_settings(flags)) << bad;
  }
}

TEST(LoadSettingsTest, AWriteKeyNamesOneSource) {
  const auto error_of = [](const char* keys) {
    auto flags = input();
    flags.flags["collector.write_keys"] = keys;
    const auto loaded = load_settings(flags);
    return loaded ? "" : loaded.error().message;
  };
  EXPECT_EQ(error_of("secret=web,b=ios, secret = shop"),
            "collector.write_keys (--collector-write-keys): one write key is there twice, for "
            "\"web\" and \"shop\"");
  EXPECT_NE(error_of("a=web,a=web"), "");
  for (const char* bad : {"=web", " = web", "a=", "a= ", "a", "=", "a=web,b"}) {
    EXPECT_NE(error_of(bad).find("not of the form key=source"), std::string::npos) << bad;
  }
}

TEST(LoadSettingsTest, ListenAddressesAreTakenApart) {
  EXPECT_EQ(parse_listen("[::1]:80")->address, "::1");
  EXPECT_TRUE(parse_listen("127.0.0.2:0")->loopback);
  EXPECT_TRUE(parse_listen("localhost:8080")->loopback);
  EXPECT_FALSE(parse_listen("10.0.0.1:1")->loopback);
  for (const auto* bad : {"", "8080", "127.0.0.1", "127.0.0.1:", ":80", "h:70000", "h:8x"}) {
    EXPECT_FALSE(parse_listen(bad)) << bad;
  }
}

TEST(LoadSettingsTest, ANameThatBeginsLikeALoopbackAddressIsNone) {
  EXPECT_FALSE(parse_listen("127.example.com:8080")->loopback);
  EXPECT_FALSE(parse_listen("localhost.example.com:8080")->loopback);
}

TEST(UnknownVariablesTest, NameWhatSetsNothingAndWhatWasMeant) {
  const auto unknown = unknown_variables({"HAPAX_LOG_PARTITION", "HAPAX_LISTEN", "HAPAX_COLOUR",
                                          "HAPAX_LOG_PARTITIONS", "HAPAX_CONFIG", "PATH"});
  ASSERT_EQ(unknown.size(), 3U);
  EXPECT_EQ(unknown[0].name, "HAPAX_LOG_PARTITION");
  EXPECT_EQ(unknown[0].meant, "HAPAX_LOG_PARTITIONS");
  EXPECT_EQ(unknown[1].meant, "HAPAX_HTTP_LISTEN");
  EXPECT_EQ(unknown[2].meant, "");
}

TEST(QuantityTest, ParsesWithUnits) {
  EXPECT_EQ(*parse_bytes("64MiB"), 64U << 20U);
  EXPECT_EQ(*parse_bytes("64 KiB"), 64U << 10U);
  EXPECT_EQ(*parse_bytes("17"), 17U);
  EXPECT_EQ(*parse_duration("7d"), 168h);
  EXPECT_EQ(*parse_duration("250ms"), 250ms);
}

TEST(QuantityTest, RefusesWhatHasNoUnitOrOverflows) {
  for (const auto* bad : {"", "7", "d", "7 weeks", "-1s", "1.5h", "99999999999999999999d"}) {
    EXPECT_FALSE(parse_duration(bad)) << bad;
  }
  for (const auto* bad : {"", "MiB", "5MB", "-1", "99999999999GiB"}) {
    EXPECT_FALSE(parse_bytes(bad)) << bad;
  }
}

TEST(OptionsTest, DefaultsSurviveBeingShownAndSet) {
  for (const auto& option : options()) {
    if (option.secret) {
      continue;
    }
    Settings settings;
    const auto shown = option.show(settings);
    EXPECT_TRUE(option.set(settings, shown)) << option.key;
    EXPECT_EQ(option.show(settings), shown) << option.key;
  }
}

TEST(OptionsTest, NamesAreUnique) {
  std::set<std::string> flags;
  for (const auto& option : options()) {
    EXPECT_TRUE(flags.insert(flag_name(option)).second) << option.key;
    EXPECT_TRUE(flags.insert(environment_name(option)).second) << option.key;
  }
}

TEST(ClusterOptionsTest, PropertiesOfKafkaAreATableOrPairs) {
  const auto table = load_settings(input(
      "[kafka.properties]\n\"security.protocol\" = \"SASL_SSL\"\n\"sasl.password\" = \"s3\""));
  ASSERT_TRUE(table) << table.error().text();
  EXPECT_EQ(table->settings.kafka_properties,
            (std::map<std::string, std::string>{{"security.protocol", "SASL_SSL"},
                                                {"sasl.password", "s3"}}));
  EXPECT_EQ(print_settings(*table).find("s3"), std::string::npos) << "a password is shown";
  EXPECT_FALSE(load_settings(input("[kafka]\nproperties = \"sasl.password\"")));
  const auto cut = load_settings(input("[kafka]\nproperties = \"sasl.password=ab,Secret1==\""));
  ASSERT_FALSE(cut) << "a comma that is not written twice";
  EXPECT_EQ(cut.error().text().find("Secret1"), std::string::npos) << cut.error().text();
}

TEST(ClusterOptionsTest, APasswordOfKafkaMayHaveCommasAndANameNoQuotes) {
  const std::map<std::string, std::string> wanted = {
      {"sasl.password", ",a=1,,b,"}, {"sasl.username", "me"}, {"security.protocol", "SASL_SSL"}};
  const auto table = load_settings(
      input("[kafka.properties]\nsasl.username = \"me\"\nsasl.password = \",a=1,,b,\"\n"
            "security.protocol = \"SASL_SSL\""));
  ASSERT_TRUE(table) << table.error().text();
  EXPECT_EQ(table->settings.kafka_properties, wanted);
  const auto pairs =
      load_settings(input("[kafka]\nproperties = \" sasl.username=me, "
                          "sasl.password=,,a=1,,,,b,,,security.protocol=SASL_SSL\""));
  ASSERT_TRUE(pairs) << pairs.error().text();
  EXPECT_EQ(pairs->settings.kafka_properties, wanted);
}

TEST(ClusterOptionsTest, AScopeOfDedupIsExactOrPartitionAndNobodysDefault) {
  EXPECT_EQ(load_settings(input())->settings.dedup_scope, "");
  EXPECT_EQ(load_settings(input("[dedup]\nscope = \"exact\""))->settings.dedup_scope, "exact");
  EXPECT_FALSE(load_settings(input("[dedup]\nscope = \"all\"")));
  const auto sample_of = [&](const std::string& value) {
    return load_settings(input("[dedup]\nmissed_sample = " + value));
  };
  EXPECT_EQ(load_settings(input())->settings.missed_sample_millionths, 62'500U);
  EXPECT_EQ(sample_of("0.000001")->settings.missed_sample_millionths, 1U);
  EXPECT_EQ(sample_of("0")->settings.missed_sample_millionths, 0U);
  EXPECT_EQ(sample_of("1.0")->settings.missed_sample_millionths, 1'000'000U);
  for (const char* wrong : {"1.01", "-0.5", "\"a\"", "\"\"", "\"0.5 \"", "0.0000001", "nan"}) {
    EXPECT_FALSE(sample_of(wrong)) << wrong;
  }
}

TEST(ConfigReferenceTest, PageIsUpToDate) {
  std::ifstream file(HAPAX_SOURCE_DIR "/docs/config.md");
  std::stringstream page;
  page << file.rdbuf();
  EXPECT_EQ(page.str(), config_reference())
      << "run: build/release/apps/hapax/hapax config reference > docs/config.md";
}

}  // namespace
}  // namespace hapax
