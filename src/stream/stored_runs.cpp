// SPDX-License-Identifier: Apache-2.0
#include "stream/stored_runs.hpp"

namespace hapax {
namespace {

constexpr char kSummaryPart = 's';
constexpr char kRunPart = 'u';

}  // namespace

std::string summary_key(std::string_view cell_key) {
  return std::string(1, kSummaryPart).append(cell_key);
}

std::string summary_keys_end() {
  return std::string(1, kSummaryPart + 1);
}

std::string run_keys_end() {
  return std::string(1, kRunPart + 1);
}

std::string run_key(std::string_view cell_key, std::uint32_t number) {
  std::string key = std::string(1, kRunPart).append(cell_key);
  for (int shift = 24; shift >= 0; shift -= 8) {
    key.push_back(static_cast<char>(number >> shift));
  }
  return key;
}

std::vector<StateWrite::Range> ranges_below(std::string_view cell_key) {
  std::vector<StateWrite::Range> ranges;
  for (const char part : {kSummaryPart, kRunPart}) {
    ranges.push_back({.from = std::string(1, part), .to = std::string(1, part).append(cell_key)});
  }
  return ranges;
}

Error damaged_cell(std::string_view table) {
  return {ErrorKind::kCorrupt, "a stored cell of the table " + std::string(table) + " is damaged",
          "stop, and remove the state folder to rebuild it from the log"};
}

}  // namespace hapax
