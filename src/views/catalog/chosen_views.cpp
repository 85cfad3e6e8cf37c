// SPDX-License-Identifier: Apache-2.0
#include "views/catalog/chosen_views.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/nearest.hpp"

namespace hapax {
namespace {

std::string_view trimmed(std::string_view name) {
  const auto begin = std::min(name.find_first_not_of(' '), name.size());
  return name.substr(begin, name.find_last_not_of(' ') + 1 - begin);
}

Error unknown(std::string_view name, std::span<const std::string_view> known,
              std::string_view is_known) {
  const auto meant = nearest(name, known);
  return {.kind = ErrorKind::kInvalid,
          .message = fmt::format("no view \"{}\" {}", name, is_known),
          .hint = meant ? fmt::format("did you mean \"{}\"?", *meant)
                        : "docs/views.md lists them; all and none are possible, too"};
}

}  // namespace

Result<std::vector<std::string_view>> chosen_views(std::string_view names,
                                                   std::span<const std::string_view> known,
                                                   std::string_view is_known) {
  if (trimmed(names) == "all") {
    return std::vector<std::string_view>(known.begin(), known.end());
  }
  std::vector<std::string_view> chosen;
  while (!names.empty() && trimmed(names) != "none") {
    const std::string_view name = trimmed(names.substr(0, names.find(',')));
    names.remove_prefix(
        std::min(names.size(), names.find(',') == names.npos ? names.size() : names.find(',') + 1));
    if (name.empty()) {
      continue;
    }
    const auto found = std::ranges::find(known, name);
    if (found == known.end()) {
      return unknown(name, known, is_known);
    }
    chosen.push_back(*found);
  }
  return chosen;
}

}  // namespace hapax
