// SPDX-License-Identifier: Apache-2.0
// What extracting paths from an event's JSON costs, once for all views.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string_view>

#include "views/fields/event_filter.hpp"
#include "views/fields/path_set.hpp"

namespace hapax {
namespace {

constexpr std::string_view kProperties =
    R"({"plan":"team","price":49.9,"currency":"EUR","ms":128,"coupon":null,"seats":5,)"
    R"("items":[{"sku":"a-1","quantity":2},{"sku":"b-2","quantity":1}],"trial":false,)"
    R"("referrer":"https://www.example.com/pricing?from=newsletter"})";
constexpr std::string_view kContext =
    R"({"library":{"name":"analytics.js","version":"2.11.1"},"locale":"de-DE","page":)"
    R"({"path":"/checkout/done","title":"Thank you","url":"https://shop.example.com/checkout/done"},)"
    R"("userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36",)"
    R"("timezone":"Europe/Berlin","campaign":{"name":"spring","source":"mail"}})";

EventView event() {
  return {.source = "web", .properties = kProperties, .context = kContext};
}

void add(const char* field, PathSet& paths) {
  paths.add(parse_field(field).value());
}

void five_paths(benchmark::State& state) {
  PathSet paths;
  for (const char* field : {"properties.plan", "properties.price", "properties.ms",
                            "context.page.path", "context.campaign.source"}) {
    add(field, paths);
  }
  FieldValues values;
  for (auto _ : state) {
    paths.extract(event(), values);
    benchmark::DoNotOptimize(values[0]);
  }
  if (values[4] != Value("mail") || values[1] != Value(49.9)) {
    std::abort();
  }
  state.counters["bytes"] = static_cast<double>(kProperties.size() + kContext.size());
}
BENCHMARK(five_paths);

void five_paths_that_are_not_there(benchmark::State& state) {
  PathSet paths;
  for (const char* field : {"properties.tier", "properties.cost", "properties.took",
                            "context.screen.name", "context.device.model"}) {
    add(field, paths);
  }
  FieldValues values;
  for (auto _ : state) {
    paths.extract(event(), values);
    benchmark::DoNotOptimize(values[0]);
  }
}
BENCHMARK(five_paths_that_are_not_there);

void an_event_without_properties(benchmark::State& state) {
  PathSet paths;
  add("properties.plan", paths);
  FieldValues values;
  for (auto _ : state) {
    paths.extract({.properties = "{}", .context = kContext}, values);
    benchmark::DoNotOptimize(values[0]);
  }
}
BENCHMARK(an_event_without_properties);

}  // namespace
}  // namespace hapax

BENCHMARK_MAIN();
