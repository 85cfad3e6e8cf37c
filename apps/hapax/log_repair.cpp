#include "log_repair.hpp"

#include <fmt/format.h>

#include "adapters/local_log/repair.hpp"
#include "adapters/posix/key_file.hpp"
#include "adapters/posix/posix_storage.hpp"
#include "adapters/posix/system_random.hpp"
#include "component_settings.hpp"
#include "settings_flags.hpp"

namespace hapax {
namespace {

std::string offsets_of(const LostRange& range) {
  const auto last = range.first.value() + range.count - 1;
  return range.count == 1 ? fmt::format("offset {}", last)
                          : fmt::format("offsets {} to {}", range.first.value(), last);
}

void print(const RepairReport& report) {
  for (const auto& problem : report.problems) {
    fmt::print("DAMAGE: {}\n", problem.message);
  }
  for (const auto& [id, count] : report.kept) {
    fmt::print("partition {}: {} records can be read\n", id, count);
  }
  for (const auto& range : report.lost) {
    fmt::print("partition {}: {} lost, {} records\n", range.partition.value(), offsets_of(range),
               range.count);
  }
}

/// A checkpoint means offsets; with others it would leave out records.
struct StateFolder {
  std::string now;
  std::string aside;
};

Result<StateFolder> state_folder(const Settings& settings, Storage& storage) {
  StateFolder folder{.now = settings.data_dir + "/state",
                     .aside = settings.data_dir + "/state.before-repair"};
  for (int number = 2;; ++number) {
    HAPAX_ASSIGN(const bool taken, storage.exists(folder.aside));
    if (!taken) {
      return folder;
    }
    folder.aside = fmt::format("{}/state.before-repair-{}", settings.data_dir, number);
  }
}

void print_plan(const RepairReport& report, const LocalLogSettings& log, const StateFolder& state) {
  fmt::print(
      "To repair it, a log with these records is written to {}, in which {}.\n", log.directory,
      report.renumbered ? "some have other offsets than before"
                        : "each keeps its offset, and a placeholder stands for each lost one");
  if (report.renumbered) {
    fmt::print(
        "Receipts of before and the state folder do not fit it: {} becomes {}, and the next "
        "start counts the log anew.\n",
        state.now, state.aside);
  }
  fmt::print(
      "The damaged log is kept under another name beside it. Stop the server, then add "
      "--yes.\n");
}

Result<void> set_state_aside(const StateFolder& state, Storage& storage) {
  HAPAX_ASSIGN(const bool there, storage.exists(state.now));
  return there ? storage.rename(state.now, state.aside) : Result<void>();
}

/// Whether an earlier repair has only its last step to do.
Result<bool> is_interrupted(const std::string& directory, Storage& storage) {
  HAPAX_ASSIGN(const bool there, storage.exists(directory));
  HAPAX_ASSIGN(const bool repaired, storage.exists(repaired_directory(directory)));
  return !there && repaired;
}

Result<void> write(const LocalLogSettings& log, const IdHash& id_hash, const StateFolder& state,
                   Storage& storage) {
  SystemRandom random;
  HAPAX_ASSIGN(const bool interrupted, is_interrupted(log.directory, storage));
  if (!interrupted) {
    HAPAX_ASSIGN(const auto report,
                 hapax::repair_log(log, RepairMode::kWrite, id_hash, storage, random));
    print(report);
    HAPAX_TRY(report.renumbered ? set_state_aside(state, storage) : Result<void>());
  }
  HAPAX_ASSIGN(const auto damaged, put_repaired_in_place(log.directory, storage));
  fmt::print("repaired; the damaged log is {}\n", damaged);
  return {};
}

Result<void> plan(const LocalLogSettings& log, const IdHash& id_hash, const StateFolder& state,
                  Storage& storage) {
  SystemRandom random;
  HAPAX_ASSIGN(const auto report,
               hapax::repair_log(log, RepairMode::kPlan, id_hash, storage, random));
  print(report);
  print_plan(report, log, state);
  return {};
}

bool is_sound(const std::string& directory, const IdHash& id_hash, Storage& storage) {
  const auto verified = verify_log(directory, storage, {.id_hash = id_hash});
  return verified && verified->problems.empty();
}

}  // namespace

int repair_log(const Settings& settings, bool yes) {
  PosixStorage storage;
  const auto key = KeyFile(settings.data_dir, storage).require();
  if (!key) {
    return report(key.error());
  }
  const IdHasher ids(*key);
  const IdHash id_hash = id_hash_of(ids);
  auto log = log_settings(settings);
  log.key_id = ids.key_id();
  if (is_sound(log.directory, id_hash, storage)) {
    fmt::print("There is nothing to repair in {}.\n", log.directory);
    return 0;
  }
  const auto state = state_folder(settings, storage);
  if (!state) {
    return report(state.error());
  }
  const auto done =
      yes ? write(log, id_hash, *state, storage) : plan(log, id_hash, *state, storage);
  if (!done) {
    return report(done.error());
  }
  return is_sound(log.directory, id_hash, storage) ? 0 : 1;
}

}  // namespace hapax
