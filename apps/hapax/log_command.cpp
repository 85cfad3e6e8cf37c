#include "log_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <deque>
#include <functional>
#include <string>
#include <thread>

#include "adapters/local_log/log_walk.hpp"
#include "adapters/local_log/verify.hpp"
#include "adapters/posix/posix_storage.hpp"
#include "core/event_wire.hpp"
#include "record_json.hpp"
#include "settings_flags.hpp"

namespace hapax {
namespace {

constexpr std::chrono::milliseconds kFollowInterval{100};

using Print = std::function<void(std::string line)>;

Result<void> print_batch(const LogBatch& batch, const Print& print) {
  auto records = batch.records;
  for (auto offset = batch.base_offset; !records.empty(); offset = advance(offset, 1)) {
    HAPAX_ASSIGN(const auto record, take_framed(records));
    HAPAX_ASSIGN(const auto event, decode_event(record));
    print(to_json_line(batch.partition, offset, event));
  }
  return {};
}

/// Prints what the log holds from where `walk` is to the present end.
Result<void> print_to_end(LogWalk& walk, const Print& print) {
  while (true) {
    HAPAX_ASSIGN(const auto batches, walk.next());
    if (!batches) {
      return {};
    }
    for (const auto& batch : *batches) {
      HAPAX_TRY(print_batch(batch, print));
    }
  }
}

void to_stdout(const std::string& line) {
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fputc('\n', stdout);
}

Result<void> dump(const std::string& directory) {
  PosixStorage storage;
  HAPAX_ASSIGN(const auto walk, LogWalk::open(directory, storage));
  return print_to_end(*walk, to_stdout);
}

Result<void> tail(const std::string& directory, std::size_t line_count, bool follow) {
  PosixStorage storage;
  HAPAX_ASSIGN(const auto walk, LogWalk::open(directory, storage));
  std::deque<std::string> last;
  HAPAX_TRY(print_to_end(*walk, [&last, line_count](std::string line) {
    last.push_back(std::move(line));
    if (last.size() > line_count) {
      last.pop_front();
    }
  }));
  for (const auto& line : last) {
    to_stdout(line);
  }
  std::fflush(stdout);
  while (follow) {
    std::this_thread::sleep_for(kFollowInterval);
    HAPAX_TRY(print_to_end(*walk, to_stdout));
    std::fflush(stdout);
  }
  return {};
}

int verify(const std::string& directory) {
  PosixStorage storage;
  const bool on_terminal = isatty(STDERR_FILENO) != 0;
  const auto report_or = verify_log(directory, storage, [on_terminal](const std::string& path) {
    if (on_terminal) {
      std::fprintf(stderr, "\rreading %s", path.c_str());
    }
  });
  if (on_terminal) {
    std::fputc('\n', stderr);
  }
  if (!report_or) {
    return report(report_or.error());
  }
  for (const auto& problem : report_or->problems) {
    fmt::print("DAMAGE: {}\n", problem.text());
  }
  for (const auto& [id, partition] : report_or->partitions) {
    fmt::print("partition {}: offsets {} to {}, digest {:016x}{:016x}\n", id,
               partition.start.value(), partition.end.value(), partition.digest.sum().high,
               partition.digest.sum().low);
  }
  fmt::print("{} segments, {} frames, {} records ({} dead letters), {} problems\n",
             report_or->segments, report_or->frames, report_or->records, report_or->dead_letters,
             report_or->problems.size());
  return report_or->problems.empty() ? 0 : 1;
}

int exit_code_of(const Result<void>& result) {
  return result ? 0 : report(result.error());
}

/// Runs `action` with the log's directory, as the settings say.
void add_verb(CLI::App& command, int& exit_code, std::function<int(const std::string&)> action) {
  command.callback([flags = add_settings_flags(command), action = std::move(action), &exit_code] {
    const auto loaded = load(*flags);
    exit_code = loaded ? action(loaded->settings.data_dir + "/log") : report(loaded.error());
  });
}

}  // namespace

void add_log_command(CLI::App& app, int& exit_code) {
  auto* log = app.add_subcommand("log", "Read the event log, also while the server runs.");
  log->require_subcommand(1);

  auto* verify_verb = log->add_subcommand(
      "verify", "Check every stored byte: checksums, offsets, digests. Exit code 1 on damage.");
  add_verb(*verify_verb, exit_code, verify);

  auto* dump_verb = log->add_subcommand("dump", "All records as JSON lines, oldest first.");
  add_verb(*dump_verb, exit_code,
           [](const std::string& directory) { return exit_code_of(dump(directory)); });

  auto* tail_verb = log->add_subcommand("tail", "The newest records as JSON lines.");
  auto lines = std::make_shared<std::size_t>(10);
  auto follow = std::make_shared<bool>(false);
  tail_verb->add_option("-n,--lines", *lines, "How many.")->capture_default_str();
  tail_verb->add_flag("-f,--follow", *follow, "Go on with what arrives.");
  add_verb(*tail_verb, exit_code, [lines, follow](const std::string& directory) {
    return exit_code_of(tail(directory, *lines, *follow));
  });
}

}  // namespace hapax
