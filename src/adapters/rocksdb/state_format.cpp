// SPDX-License-Identifier: Apache-2.0
#include "adapters/rocksdb/state_format.hpp"

#include <charconv>

namespace hapax::state_format {
namespace {

constexpr char kNumberMark = '#';

}  // namespace

std::string table_name(std::string_view owner, std::string_view table) {
  return std::string(owner).append("/").append(table);
}

std::string family_name(std::string_view table, std::uint64_t number) {
  return std::string(table).append(1, kNumberMark).append(std::to_string(number));
}

std::string_view table_of_family(std::string_view family) {
  return family.substr(0, family.rfind(kNumberMark));
}

std::uint64_t number_of_family(std::string_view family) {
  const std::size_t mark = family.rfind(kNumberMark);
  std::uint64_t number = 0;
  if (mark != family.npos) {
    std::from_chars(family.data() + mark + 1, family.data() + family.size(), number);
  }
  return number;
}

}  // namespace hapax::state_format
