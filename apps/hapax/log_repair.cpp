// SPDX-License-Identifier: Apache-2.0
#include "log_repair.hpp"

#include <fmt/format.h>

#include <optional>

#include "adapters/local_log/log_salvage.hpp"
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

/// A checkpoint means offsets and a key; with others it would leave out records. So does a base.
struct StateFolder {
  std::string now;
  std::string aside;
};

Result<StateFolder> state_folder(const std::string& now, Storage& storage) {
  StateFolder folder{.now = now, .aside = now + ".before-repair"};
  for (int number = 2;; ++number) {
    HAPAX_ASSIGN(const bool taken, storage.exists(folder.aside));
    if (!taken) {
      return folder;
    }
    folder.aside = fmt::format("{}.before-repair-{}", now, number);
  }
}

/// What a repair works on.
struct Repair {
  LocalLogSettings log;
  std::optional<HashKey> made_key;  ///< To be the folder's, which had none.
  IdHash id_hash;
  StateFolder state = {};
  StateFolder base = {};
};

HashKey make_key() {
  SystemRandom random;
  HashKey key;
  for (auto& byte : key.bytes) {
    byte = static_cast<unsigned char>(random.next());
  }
  return key;
}

/// A log of a former version has no key yet; any other needs the one that it was made with.
Result<HashKey> find_key(const Settings& settings, Repair& repair, Storage& storage) {
  const KeyFile file(settings.data_dir, storage);
  HAPAX_ASSIGN(const auto key, file.read());
  if (key || check_format_version(repair.log.directory, storage)) {
    return file.require();
  }
  repair.made_key = make_key();
  return *repair.made_key;
}

Result<Repair> prepare(const Settings& settings, Storage& storage) {
  Repair repair{.log = log_settings(settings), .made_key = {}, .id_hash = {}};
  HAPAX_ASSIGN(const auto key, find_key(settings, repair, storage));
  repair.log.key_id = IdHasher(key).key_id();
  repair.id_hash = id_hash_of(IdHasher(key));
  HAPAX_ASSIGN(repair.state, state_folder(settings.data_dir + "/state", storage));
  HAPAX_ASSIGN(repair.base, state_folder(settings.data_dir + "/base", storage));
  return repair;
}

void print_plan(const RepairReport& report, const Repair& repair) {
  fmt::print("To repair it, a log with these records is written to {}, in which {}.\n",
             repair.log.directory,
             report.renumbered
                 ? "some have other offsets than before"
                 : "each keeps its offset, and a placeholder stands for each lost one");
  if (report.renumbered || report.rekeyed) {
    fmt::print(
        "State and base do not fit it: {} becomes {}, {} becomes {}, and the next start counts the "
        "log anew.\n",
        repair.state.now, repair.state.aside, repair.base.now, repair.base.aside);
  }
  fmt::print(
      "The damaged log is kept under another name beside it. Stop the server, then add "
      "--yes.\n");
}

Result<void> set_aside(const StateFolder& folder, Storage& storage) {
  HAPAX_ASSIGN(const bool there, storage.exists(folder.now));
  return there ? storage.rename(folder.now, folder.aside) : Result<void>();
}

/// Whether an earlier repair has only its last step to do.
Result<bool> is_interrupted(const std::string& directory, Storage& storage) {
  HAPAX_ASSIGN(const bool there, storage.exists(directory));
  HAPAX_ASSIGN(const bool repaired, storage.exists(repaired_directory(directory)));
  return !there && repaired;
}

Result<void> write(const Repair& repair, const std::string& data_directory, Storage& storage) {
  SystemRandom random;
  HAPAX_ASSIGN(const bool interrupted, is_interrupted(repair.log.directory, storage));
  if (!interrupted) {
    HAPAX_ASSIGN(const auto report, hapax::repair_log(repair.log, RepairMode::kWrite,
                                                      repair.id_hash, storage, random));
    print(report);
    if (repair.made_key) {
      HAPAX_TRY(KeyFile(data_directory, storage).import(*repair.made_key));
    }
    if (report.renumbered || report.rekeyed) {
      HAPAX_TRY(set_aside(repair.base, storage));  // First: without a state it would be taken.
      HAPAX_TRY(set_aside(repair.state, storage));
    }
  }
  HAPAX_ASSIGN(const auto damaged, put_repaired_in_place(repair.log.directory, storage));
  fmt::print("repaired; the damaged log is {}\n", damaged);
  return {};
}

Result<void> plan(const Repair& repair, Storage& storage) {
  SystemRandom random;
  HAPAX_ASSIGN(const auto report,
               hapax::repair_log(repair.log, RepairMode::kPlan, repair.id_hash, storage, random));
  print(report);
  print_plan(report, repair);
  return {};
}

bool is_sound(const Repair& repair, Storage& storage) {
  const auto verified = verify_log(repair.log.directory, storage, {.id_hash = repair.id_hash});
  return verified && verified->problems.empty();
}

}  // namespace

int repair_log(const Settings& settings, bool yes) {
  PosixStorage storage;
  const auto repair = prepare(settings, storage);
  if (!repair) {
    return report(repair.error());
  }
  if (is_sound(*repair, storage)) {
    fmt::print("There is nothing to repair in {}.\n", repair->log.directory);
    return 0;
  }
  const auto done = yes ? write(*repair, settings.data_dir, storage) : plan(*repair, storage);
  if (!done) {
    return report(done.error());
  }
  return is_sound(*repair, storage) ? 0 : 1;
}

}  // namespace hapax
