// SPDX-License-Identifier: Apache-2.0
// The contract of the port, kept by the local log on a machine's disk and on the modelled one, and
// by the log that other tests use in its place.
#include <future>

#include "adapters/local_log/local_log.hpp"
#include "adapters/posix/posix_storage.hpp"
#include "testing/crash_storage.hpp"
#include "testing/event_log_contract.hpp"
#include "testing/seeded_random.hpp"
#include "testing/still_clock.hpp"
#include "testing/temporary_directory.hpp"

namespace hapax {
namespace {

template <typename Disk>
class Local : public EventLogUnderTest {
 public:
  Local() { open(); }
  EventLog& log() override { return *log_; }
  Result<Receipt> append(std::vector<PartitionRecords> parts) override {
    std::promise<Result<Receipt>> told;
    HAPAX_TRY(log_->append(std::move(parts), [&told](Result<Receipt> receipt) {
      told.set_value(std::move(receipt));
    }));
    return told.get_future().get();
  }
  Result<Receipt> append_control(std::string record) override {
    std::promise<Result<Receipt>> told;
    HAPAX_TRY(log_->append_control(std::move(record), [&told](Result<Receipt> receipt) {
      told.set_value(std::move(receipt));
    }));
    return told.get_future().get();
  }
  void let_retention_work() override {
    for (int i = 0; i < 2; ++i) {  // The second is written when the first has been followed up.
      EXPECT_TRUE(append({records_of(PartitionId(2), {EventView()})}));
    }
  }
  void reopen() override {
    log_.reset();
    open();
  }

 private:
  void open() {
    LocalLogSettings settings;
    settings.directory = directory_.path() + "/log";
    settings.partition_count = 3;
    settings.segment_bytes = 64U << 10U;
    settings.retention_bytes = 0;
    settings.compress = false;  // Retention waits for a segment that is being compressed.
    log_ = LocalLog::open(settings, storage_, clock_, random_).value();
  }

  TemporaryDirectory directory_;
  Disk storage_;
  StillClock clock_;
  SeededRandom random_{1};
  std::unique_ptr<LocalLog> log_;
};

class Scripted : public EventLogUnderTest {
 public:
  EventLog& log() override { return log_; }
  Result<Receipt> append(std::vector<PartitionRecords> parts) override {
    std::optional<Result<Receipt>> told;
    HAPAX_TRY(log_.append(std::move(parts),
                          [&told](Result<Receipt> receipt) { told = std::move(receipt); }));
    log_.sync();
    return *told;
  }
  Result<Receipt> append_control(std::string record) override {
    std::optional<Result<Receipt>> told;
    HAPAX_TRY(log_.append_control(std::move(record),
                                  [&told](Result<Receipt> receipt) { told = std::move(receipt); }));
    log_.sync();
    return *told;
  }
  void let_retention_work() override { log_.retain(); }
  void reopen() override {}  // It is its process.

 private:
  ScriptedLog log_{3};
};

template <typename Log>
std::unique_ptr<EventLogUnderTest> make() {
  return std::make_unique<Log>();
}

std::string name_of(const testing::TestParamInfo<std::unique_ptr<EventLogUnderTest> (*)()>& info) {
  if (info.param == &make<Scripted>) {
    return "Scripted";
  }
  return info.param == &make<Local<PosixStorage>> ? "LocalOnDisk" : "LocalOnModel";
}

template <typename Log>
std::unique_ptr<LogUnderTest> make_any() {
  return std::make_unique<LogOfEvents>(std::make_unique<Log>());
}

INSTANTIATE_TEST_SUITE_P(EventLog, LogContract, testing::Values(&make_any<Local<PosixStorage>>));

INSTANTIATE_TEST_SUITE_P(EventLog, EventLogContract,
                         testing::Values(&make<Local<PosixStorage>>, &make<Local<CrashStorage>>,
                                         &make<Scripted>),
                         name_of);

}  // namespace
}  // namespace hapax
