// SPDX-License-Identifier: Apache-2.0
#include "migrate_command.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "adapters/kafka/kafka_client.hpp"
#include "adapters/local_log/log_id_file.hpp"
#include "adapters/local_log/log_walk.hpp"
#include "adapters/posix/posix_storage.hpp"
#include "adapters/posix/system_clock.hpp"
#include "adapters/posix/system_random.hpp"
#include "cluster_role.hpp"
#include "declared_catalog.hpp"
#include "migration/migration.hpp"
#include "settings_flags.hpp"
#include "views/catalog/catalog_text.hpp"

namespace hapax {
namespace {

constexpr std::chrono::seconds kAgreeWithin{30};
constexpr std::chrono::seconds kSayEvery{5};
/// While more is to be read.
constexpr std::chrono::milliseconds kPause{1};
/// Of a record of the topic, the header's.
constexpr std::size_t kHeaderBytesMax = 1024;

/// The log of a server that does not run, and stays so as long as this is there.
class StoppedLog {
 public:
  static Result<std::unique_ptr<StoppedLog>> open(const std::string& data_directory) {
    auto log = std::make_unique<StoppedLog>();
    log->directory_ = data_directory + "/log";
    HAPAX_ASSIGN(const bool there, log->storage_.exists(log->directory_));
    if (!there) {
      return Error{ErrorKind::kInvalid, fmt::format("there is no event log in {}", log->directory_),
                   "name the server's data directory with --data-dir"};
    }
    HAPAX_ASSIGN(log->lock_, log->storage_.lock(log->directory_ + "/lock"));
    SystemRandom random;
    HAPAX_ASSIGN(log->id_, read_or_make_log_id(log->directory_, log->storage_, random));
    return log;
  }

  const std::string& directory() const { return directory_; }
  LogId id() const { return id_; }

  /// From the beginning.
  Result<void> begin() {
    HAPAX_ASSIGN(walk_, LogWalk::open(directory_, storage_));
    HAPAX_ASSIGN(first_, walk_->next());
    beginning_ = {.starts = walk_->header().partitions, .controls = walk_->header().controls};
    return {};
  }
  const LogBeginning& beginning() const { return beginning_; }
  /// Batches from where begin() was.
  NextBatches reader() {
    return [this]() -> Result<std::optional<std::span<const LogBatch>>> {
      if (first_) {
        return std::exchange(first_, std::nullopt);
      }
      return walk_->next();
    };
  }

 private:
  PosixStorage storage_;
  std::string directory_;
  std::unique_ptr<File> lock_;
  LogId id_;
  std::unique_ptr<LogWalk> walk_;
  std::optional<std::span<const LogBatch>> first_;
  LogBeginning beginning_;
};

/// Says how far it is, now and then.
class Progress {
 public:
  explicit Progress(std::uint64_t events) : events_(events) {}

  void show(const Migration& migration) {
    const auto now = std::chrono::steady_clock::now();
    if (migration.stage() != shown_) {
      say_stage(migration);
    } else if (now >= next_) {
      say(migration);
    } else {
      return;
    }
    shown_ = migration.stage();
    next_ = now + kSayEvery;
    std::fflush(stdout);
  }

 private:
  static void say_stage(const Migration& migration) {
    if (migration.stage() == Migration::Stage::kFence) {
      fmt::print("collectors of the cluster wait until all of them are there\n");
    } else if (migration.stage() == Migration::Stage::kAppend && migration.events_found() > 0) {
      fmt::print("{} are there already: it goes on behind them\n", migration.events_found());
    }
  }
  void say(const Migration& migration) const {
    if (!migration.trouble().empty()) {
      fmt::print("waiting: {}\n", migration.trouble());
    } else if (migration.stage() == Migration::Stage::kAppend) {
      fmt::print("{} of {} events\n", migration.events_done(), events_);
    } else if (migration.stage() == Migration::Stage::kLook) {
      fmt::print("reading what the topic has\n");
    } else {
      fmt::print("waiting for the brokers\n");
    }
  }

  const std::uint64_t events_;
  Migration::Stage shown_ = Migration::Stage::kBegin;
  std::chrono::steady_clock::time_point next_;
};

/// The topics that events are brought into. Its roles have agreed.
struct Destination {
  std::unique_ptr<KafkaClient> client;
  std::unique_ptr<Topic> control;
  std::unique_ptr<Topic> events;
  std::optional<ControlFollower> follower;

  static Result<std::unique_ptr<Destination>> open(const Settings& settings,
                                                   const KafkaSettings& kafka,
                                                   ClusterSettings ours) {
    const ClusterTopics topics = cluster_topics(settings);
    auto to = std::make_unique<Destination>();
    HAPAX_ASSIGN(to->client, KafkaClient::open(kafka));
    HAPAX_ASSIGN(to->control, to->client->open_topic(topics.control));
    HAPAX_ASSIGN(to->events, open_topic(*to->client, topics.events, ours.event_partitions));
    ours.events_topic = to->events->id();
    to->follower.emplace(*to->control);
    HAPAX_TRY(agree(ours, *to->control, *to->follower, *to->client, kAgreeWithin));
    return to;
  }
};

void print(const LogSurvey& survey, const StoppedLog& log) {
  fmt::print("{} has {} events, {} MB\n", log.directory(), survey.events, survey.bytes / 1'000'000);
  if (survey.before > 0) {
    fmt::print(
        "{} older records were deleted by log.retention_age or log.retention_bytes: what this "
        "server has counted of them stays with it, and views of the cluster say from when on they "
        "are complete\n",
        survey.before);
  }
  if (survey.lost > 0) {
    fmt::print("{} records were lost before, by a disk: see hapax log verify\n", survey.lost);
  }
  std::fflush(stdout);
}

Result<void> run(Migration& migration, KafkaClient& client, Progress& progress) {
  for (;;) {
    client.wait(kPause);
    client.run_callbacks();
    HAPAX_ASSIGN(const bool is_done, migration.step());
    if (is_done) {
      return {};
    }
    progress.show(migration);
  }
}

Result<void> migrate(const Settings& settings, const std::vector<DeclaredView>& views) {
  HAPAX_ASSIGN(KafkaSettings kafka, kafka_settings(settings, "migrate"));
  // Of all machines and tries one: each ends those before it.
  kafka.name = settings.cluster_name + ".migrate";
  PosixStorage storage;
  HAPAX_ASSIGN(const HashKey key, read_cluster_key(settings, storage));
  const std::vector<DeclaredView> counted = counted_by_cluster(views);
  HAPAX_ASSIGN(const ClusterSettings ours, settings_to_agree_on(settings, counted, key));
  HAPAX_ASSIGN(const auto log, StoppedLog::open(settings.data_dir));
  {  // To read the log may take long: what is wrong with the cluster is said before.
    HAPAX_ASSIGN(const auto to, Destination::open(settings, kafka, ours));
    const ControlState& said = to->follower->state();
    HAPAX_TRY(check_may_migrate(said, log->id()));
    HAPAX_ASSIGN(const ViewCatalog holds, decode_catalog(said.settings().newest().views));
    HAPAX_TRY(say_if_views_differ(counted, holds));
  }
  HAPAX_TRY(log->begin());
  HAPAX_ASSIGN(LogSurvey survey, survey_log(log->reader(), log->beginning(),
                                            kafka.record_bytes_max - kHeaderBytesMax));
  print(survey, *log);

  HAPAX_ASSIGN(const auto to, Destination::open(settings, kafka, ours));
  HAPAX_TRY(log->begin());
  const std::uint64_t count = survey.events;
  const SystemClock clock;
  SystemRandom random;
  Migration migration(log->id(), std::move(survey), IdHasher(key), {},
                      {.events = *to->events,
                       .control = *to->control,
                       .follower = *to->follower,
                       .clock = clock,
                       .random = random,
                       .next = log->reader()});
  Progress progress(count);
  HAPAX_TRY(run(migration, *to->client, progress));
  fmt::print("all {} events are in topic {}\n", count, cluster_topics(settings).events);
  return {};
}

}  // namespace

void add_migrate_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "migrate",
      "Bring the events of a server that is stopped into a new cluster (docs/cluster.md).");
  command->footer(
      "The log stays as it is. When it was interrupted run it again: it goes on where it stopped.\n"
      "Example:\n"
      "  hapax migrate --data-dir data --kafka-brokers kafka1:9092 --dedup-scope exact\n");
  command->callback([flags = add_settings_flags(*command), &exit_code] {
    const auto declared = load_all(*flags);
    if (!declared) {
      exit_code = report(declared.error());
      return;
    }
    const Result<void> done = migrate(declared->loaded.settings, declared->views);
    exit_code = done ? 0 : report(done.error());
  });
}

}  // namespace hapax
