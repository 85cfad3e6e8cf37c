// SPDX-License-Identifier: Apache-2.0
// A state folder that this format's first version wrote opens, and gives the same answers, for ever
// (reliability T19); so do one whose ids are rows, and one of the version before. What is in
// tests/golden is never written again; a new format gets a folder of its own, by
// --gtest_also_run_disabled_tests --gtest_filter=*DISABLED_WriteTheFolder.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "adapters/rocksdb/rocksdb_state_store.hpp"
#include "stream/minute.hpp"
#include "testing/memory_catalog.hpp"
#include "testing/processor_harness.hpp"
#include "testing/temporary_directory.hpp"

namespace hapax {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

const std::string kFolder = HAPAX_GOLDEN_DIR "/state_v4_runs";
const std::string kFolderOfRows = HAPAX_GOLDEN_DIR "/state_v4";
const std::string kAnswers = HAPAX_GOLDEN_DIR "/state_v4.txt";
const std::string kFolderBefore = HAPAX_GOLDEN_DIR "/state_v3";
const std::string kAnswersBefore = HAPAX_GOLDEN_DIR "/state_v3.txt";

/// More than fills the first bucket; late ones, a dead letter, repetitions of each kind, and two of
/// a doubted clock.
std::vector<EventView> golden_events() {
  static const std::vector<std::string> ids = [] {
    std::vector<std::string> made;
    for (int i = 0; i < 60; ++i) {
      made.push_back(std::string("m").append(std::to_string(i)));
    }
    return made;
  }();
  std::vector<EventView> events;
  for (int i = 0; i < 60; ++i) {
    EventView event = shop_event(ids[i], seconds(20 * i), ids[i % 7]);
    event.source = i % 5 == 0 ? "blog" : "shop";
    event.name = i % 3 == 0 ? "Read" : "Bought";
    event.event_time -= seconds(i % 11 == 0 ? 300 : 0);
    event.clock_epoch = i == 50 || i == 51 ? 1 : 0;
    events.push_back(event);
  }
  events[10].rejection = RejectionView{.code = "c", .reason = "r", .original = "o"};
  events.push_back(events[1]);
  events.push_back(events[2]);
  events.back().properties = "{}";
  events.push_back(events[3]);
  events.back().event_time += seconds(1);
  return events;
}

/// A processor on the golden events and the state in a folder.
struct GoldenProcessor {
  explicit GoldenProcessor(const std::string& folder)
      : store(RocksdbStateStore::open(folder, {}).value()) {
    clock.advance(hours(1));
  }
  /// One batch an event, to the partitions in turn.
  void add(const std::vector<EventView>& events) {
    for (const EventView& event : events) {
      log.add(PartitionId(static_cast<std::uint32_t>(added++ % 2)), {event});
    }
  }
  void open() {
    core.reset();
    verdicts.open();
    core = ProcessorCore::open(small_settings(), {log, store->owner("processor"), arrivals,
                                                  *verdicts.log, views.catalog, views.served})
               .value();
  }
  void drain() {
    while (core->step().value()) {
    }
  }

  ScriptedLog log{2};
  StillClock clock;
  ArrivalClock arrivals{clock};
  std::unique_ptr<RocksdbStateStore> store;
  MemoryVerdicts verdicts{2};
  TestViews views;
  std::unique_ptr<ProcessorCore> core;
  std::size_t added = 0;
};

std::string line_of(const SourceAudit& audit) {
  std::string line = audit.source + ":";
  for (const std::uint64_t figure :
       {audit.received, audit.accepted, audit.rejected, audit.unique, audit.duplicate,
        audit.conflict, audit.restamped, audit.on_time, audit.late, audit.counted,
        audit.clock_ahead, audit.before_epoch}) {
    line.append(" ").append(std::to_string(figure));
  }
  for (const Digest& digest : {audit.received_digest, audit.rejected_digest, audit.unique_digest,
                               audit.duplicate_digest, audit.counted_digest}) {
    line.append(" ").append(to_hex(digest));
  }
  return line.append("\n");
}

/// All that can be asked, as text.
std::string answers_of(GoldenProcessor& processor) {
  ProcessorCore& core = *processor.core;
  const MinuteCells answer = read_minutes(core, processor.views.served).value();
  std::string text = "watermark " + std::to_string(to_micros(answer.watermark)) + "\n";
  for (const Cell& cell : answer.cells) {
    text.append(std::to_string(to_micros(cell.start))).append(" ").append(cell.source);
    text.append("/").append(cell.event).append(" ").append(std::to_string(cell.count));
    text.append("/").append(std::to_string(cell.users)).append(" r");
    text.append(std::to_string(cell.revision)).append(cell.final ? " final\n" : "\n");
  }
  const AuditReport audit = core.audit();
  for (const SourceAudit& source : audit.sources) {
    text.append(line_of(source));
  }
  for (const PartitionAudit& partition : audit.partitions) {
    text.append("partition ").append(std::to_string(partition.processed.value())).append(" ");
    text.append(std::to_string(to_micros(partition.watermark))).append(" ");
    text.append(to_hex(partition.log_digest)).append(" ");
    text.append(to_hex(partition.processed_digest)).append("\n");
  }
  return text;
}

std::string file_text(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool has_rows(GoldenProcessor& processor, std::string_view table) {
  bool any = false;
  const auto note = [&any](std::string_view, std::string_view) { return any = true; };
  processor.store->owner("processor").scan(table, "", "\xFF", note).value();
  return any;
}

class GoldenStateTest : public testing::Test {
 protected:
  std::string copy_of(const std::string& folder) {
    const std::string path =
        folder_.path() + "/" + std::filesystem::path(folder).filename().string();
    std::filesystem::copy(folder, path);
    return path;
  }
  TemporaryDirectory folder_;
};

TEST_F(GoldenStateTest, TheFolderHasRunsAndMergedOnes) {
  GoldenProcessor processor(copy_of(kFolder));
  EXPECT_TRUE(has_rows(processor, "ids.0"));
  EXPECT_FALSE(has_rows(processor, "runs.0"));
  EXPECT_TRUE(has_rows(processor, "runs.1"));
}

class EachGoldenStateTest : public GoldenStateTest,
                            public testing::WithParamInterface<std::string> {};
INSTANTIATE_TEST_SUITE_P(RowsAndRuns, EachGoldenStateTest, testing::Values(kFolder, kFolderOfRows),
                         [](const auto& named) {
                           return named.param == kFolder ? "runs" : "rows";
                         });

TEST_P(EachGoldenStateTest, ItOpensAndGivesTheAnswersItGave) {
  GoldenProcessor processor(copy_of(GetParam()));
  processor.add(golden_events());
  processor.open();
  EXPECT_EQ(answers_of(processor), file_text(kAnswers));
  EXPECT_FALSE(processor.core->step().value()) << "it covers all of the log";
}

Cell cell_of(GoldenProcessor& processor, const EventView& event) {
  const MinuteCells all = read_minutes(*processor.core, processor.views.served).value();
  return *std::ranges::find_if(all.cells, [&](const Cell& cell) {
    return cell.start == minute_start(event.event_time) && cell.source == event.source &&
           cell.event == event.name;
  });
}

SourceAudit books_of(const ProcessorCore& core, std::string_view source) {
  const AuditReport report = core.audit();
  return *std::ranges::find(report.sources, source, &SourceAudit::source);
}

TEST_P(EachGoldenStateTest, ItKnowsItsIdsAndUsersAndGoesOn) {
  const std::string folder = copy_of(GetParam());
  std::vector<EventView> events = golden_events();
  const EventView old = events[1];
  EventView of_known_user = old;
  EventView of_new_user = old;
  for (const char* start : {"first", "second"}) {
    GoldenProcessor processor(folder);
    processor.add(events);
    processor.open();
    const Cell cell = cell_of(processor, old);
    const SourceAudit books = books_of(*processor.core, "shop");
    of_known_user.message_id = start;
    of_new_user.message_id = of_new_user.anonymous_id = start + 1;
    const std::vector<EventView> more = {old, events[41], of_known_user, of_new_user};
    processor.add(more);
    processor.drain();
    EXPECT_EQ(books_of(*processor.core, "shop").duplicate, books.duplicate + 2);
    EXPECT_EQ(books_of(*processor.core, "shop").conflict, books.conflict);
    EXPECT_EQ(cell_of(processor, old).count, cell.count + 2);
    EXPECT_EQ(cell_of(processor, old).users, cell.users + 1);
    ASSERT_TRUE(processor.core->checkpoint());
    events.insert(events.end(), more.begin(), more.end());
  }
}

// Its events_per_minute was no declared view: that is made anew, of the log and its verdicts.
TEST_F(GoldenStateTest, OneOfTheVersionBeforeOpensAndComesToTheAnswersItGave) {
  GoldenProcessor processor(folder_.path() + "/other");
  processor.add(golden_events());
  processor.open();
  processor.drain();
  ASSERT_TRUE(processor.core->checkpoint());  // The verdicts are stored.
  processor.core.reset();
  processor.store = RocksdbStateStore::open(copy_of(kFolderBefore), {}).value();
  processor.open();
  const std::string table = "cells";
  EXPECT_TRUE(has_rows(processor, table));
  processor.drain();
  EXPECT_EQ(answers_of(processor), file_text(kAnswersBefore));
  ASSERT_TRUE(processor.core->checkpoint());
  EXPECT_FALSE(has_rows(processor, table));
}

TEST_F(GoldenStateTest, DISABLED_WriteTheFolder) {
  std::filesystem::remove_all(kFolder);
  GoldenProcessor processor(kFolder);
  processor.open();
  const std::vector<EventView> events = golden_events();
  for (std::size_t i = 0; i < events.size(); ++i) {
    processor.add({events[i]});
    if (i % 21 == 20 || i + 1 == events.size()) {
      processor.drain();
      ASSERT_TRUE(processor.core->checkpoint());
    }
  }
  EXPECT_EQ(answers_of(processor), file_text(kAnswers));
  processor.core.reset();
  processor.store.reset();
  for (const auto& file : std::filesystem::directory_iterator(kFolder)) {
    const std::string name = file.path().filename();
    if (name.starts_with("OPTIONS") || name == "LOCK" || name == "staging" ||
        name.ends_with(".log")) {
      std::filesystem::remove_all(file.path());
    }
  }
}

}  // namespace
}  // namespace hapax
