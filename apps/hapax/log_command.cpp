// SPDX-License-Identifier: Apache-2.0
#include "log_command.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <functional>
#include <string>

#include "adapters/local_log/log_walk.hpp"
#include "adapters/local_log/verify.hpp"
#include "adapters/posix/key_file.hpp"
#include "adapters/posix/posix_storage.hpp"
#include "events/record_json.hpp"
#include "log_repair.hpp"
#include "record/event_wire.hpp"
#include "settings_flags.hpp"

namespace hapax {
namespace {

constexpr std::chrono::milliseconds kFollowInterval{100};

/// Standard output until its reader closes it, which is how `| head` ends a command, and no error.
class Output {
 public:
  Output() { std::signal(SIGPIPE, SIG_IGN); }

  bool is_open() const { return open_; }

  void print(const std::string& line) {
    open_ = open_ && std::fwrite(line.data(), 1, line.size(), stdout) == line.size() &&
            std::fputc('\n', stdout) != EOF;
  }

  /// Sends what was printed, then waits; less when the reader goes.
  void flush_and_wait(std::chrono::milliseconds time) {
    open_ = open_ && std::fflush(stdout) == 0;
    pollfd descriptor{.fd = STDOUT_FILENO, .events = 0, .revents = 0};
    const bool gone = poll(&descriptor, 1, static_cast<int>(time.count())) > 0;
    open_ = open_ && !gone;
  }

 private:
  bool open_ = true;
};

Result<void> print_batch(const LogBatch& batch, std::uint64_t& skip, Output& output) {
  auto records = batch.records;
  for (auto offset = batch.base_offset; !records.empty() && output.is_open();
       offset = advance(offset, 1)) {
    HAPAX_ASSIGN(const auto record, take_framed(records));
    if (skip > 0) {
      --skip;
      continue;
    }
    HAPAX_ASSIGN(const auto event, decode_event(record));
    output.print(to_json_line(batch.partition, offset, event));
  }
  return {};
}

/// Prints what the log holds from where `walk` is to the present end, without the next `skip`
/// records.
Result<void> print_to_end(LogWalk& walk, std::uint64_t& skip, Output& output) {
  while (output.is_open()) {
    HAPAX_ASSIGN(const auto batches, walk.next());
    if (!batches) {
      return {};
    }
    for (const auto& batch : *batches) {
      if (batch.record_count <= skip) {
        skip -= batch.record_count;
      } else {
        HAPAX_TRY(print_batch(batch, skip, output));
      }
    }
  }
  return {};
}

Result<std::uint64_t> count_records(const std::string& directory, Storage& storage) {
  HAPAX_ASSIGN(const auto walk, LogWalk::open(directory, storage));
  std::uint64_t count = 0;
  while (true) {
    HAPAX_ASSIGN(const auto batches, walk->next());
    if (!batches) {
      return count;
    }
    for (const auto& batch : *batches) {
      count += batch.record_count;
    }
  }
}

Result<void> dump(const std::string& data_directory) {
  const std::string directory = data_directory + "/log";
  PosixStorage storage;
  Output output;
  HAPAX_ASSIGN(const auto walk, LogWalk::open(directory, storage));
  std::uint64_t skip = 0;
  return print_to_end(*walk, skip, output);
}

/// Reads twice instead of holding lines, so that any number of them takes no memory.
Result<void> tail(const std::string& data_directory, std::uint64_t line_count, bool follow) {
  const std::string directory = data_directory + "/log";
  PosixStorage storage;
  Output output;
  HAPAX_ASSIGN(const std::uint64_t count, count_records(directory, storage));
  HAPAX_ASSIGN(const auto walk, LogWalk::open(directory, storage));
  std::uint64_t skip = count - std::min(count, line_count);
  HAPAX_TRY(print_to_end(*walk, skip, output));
  while (follow && output.is_open()) {
    output.flush_and_wait(kFollowInterval);
    HAPAX_TRY(print_to_end(*walk, skip, output));
  }
  return {};
}

Result<VerifyReport> verify_with_progress(const std::string& data_directory, Storage& storage) {
  HAPAX_ASSIGN(const auto key, KeyFile(data_directory, storage).require());
  const bool on_terminal = isatty(STDERR_FILENO) != 0;
  auto report = verify_log(
      data_directory + "/log", storage,
      {.id_hash = id_hash_of(IdHasher(key)), .progress = [on_terminal](const std::string& path) {
         if (on_terminal) {
           std::fprintf(stderr, "\rreading %s", path.c_str());
         }
       }});
  if (on_terminal) {
    std::fputc('\n', stderr);
  }
  return report;
}

void print(const VerifyReport& report) {
  for (const auto& problem : report.problems) {
    fmt::print("DAMAGE: {}\n", problem.text());
  }
  for (const auto& [id, partition] : report.partitions) {
    fmt::print("partition {}: offsets {} to {}, digest {}\n", id, partition.start.value(),
               partition.end.value(), to_hex(partition.digest));
  }
  fmt::print(
      "{} segments, {} frames, {} records ({} dead letters, {} control records, {} lost), {} "
      "problems\n",
      report.segments, report.frames, report.records, report.dead_letters, report.controls,
      report.lost, report.problems.size());
}

int verify(const std::string& directory) {
  PosixStorage storage;
  const auto verified = verify_with_progress(directory, storage);
  if (!verified) {
    return report(verified.error());
  }
  print(*verified);
  return verified->problems.empty() ? 0 : 1;
}

int exit_code_of(const Result<void>& result) {
  return result ? 0 : report(result.error());
}

/// Runs `action` with the data directory, as the settings say.
void add_verb(CLI::App& command, int& exit_code, std::function<int(const std::string&)> action) {
  command.callback([flags = add_data_dir_flags(command), action = std::move(action), &exit_code] {
    const auto loaded = load(*flags);
    exit_code = loaded ? action(loaded->settings.data_dir) : report(loaded.error());
  });
}

}  // namespace

void add_log_command(CLI::App& app, int& exit_code) {
  auto* log = app.add_subcommand("log", "Read the event log, also while the server runs.");
  log->require_subcommand(1);
  log->footer(
      "Examples:\n"
      "  hapax log verify --data-dir data\n"
      "  hapax log tail --data-dir data --follow\n");

  auto* verify_verb = log->add_subcommand(
      "verify", "Check every stored byte: checksums, offsets, digests. Exit code 1 on damage.");
  verify_verb->footer(
      "Examples:\n"
      "  hapax log verify --data-dir data\n"
      "  hapax log verify --data-dir data --repair --yes\n");
  auto repair = std::make_shared<bool>(false);
  auto yes = std::make_shared<bool>(false);
  verify_verb->add_flag("--repair", *repair,
                        "Say how a damaged log would be copied into one that opens.");
  verify_verb->add_flag("--yes", *yes, "With --repair: do it. No server may run on the folder.");
  verify_verb->callback([flags = add_data_dir_flags(*verify_verb), repair, yes, &exit_code] {
    const auto loaded = load(*flags);
    exit_code = !loaded   ? report(loaded.error())
                : *repair ? repair_log(loaded->settings, *yes)
                          : verify(loaded->settings.data_dir);
  });

  auto* dump_verb = log->add_subcommand("dump", "All records as JSON lines, oldest first.");
  dump_verb->footer("Example:\n  hapax log dump --data-dir data > events.jsonl\n");
  add_verb(*dump_verb, exit_code,
           [](const std::string& directory) { return exit_code_of(dump(directory)); });

  auto* tail_verb = log->add_subcommand("tail", "The newest records as JSON lines.");
  tail_verb->footer("Example:\n  hapax log tail --data-dir data --lines 100 --follow\n");
  auto lines = std::make_shared<std::uint64_t>(10);
  auto follow = std::make_shared<bool>(false);
  tail_verb->add_option("-n,--lines", *lines, "How many.")->capture_default_str();
  tail_verb->add_flag("-f,--follow", *follow, "Go on with what arrives.");
  add_verb(*tail_verb, exit_code, [lines, follow](const std::string& directory) {
    return exit_code_of(tail(directory, *lines, *follow));
  });
}

}  // namespace hapax
