// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace hapax {

/// Where `text` is looked for among the few that came a moment ago, in so many places: names take
/// about as many as by chance, those of up to 24 bytes whatever they differ in, at a fraction of
/// what a hash costs. Who chooses texts that meet in one place gains nothing but that they are
/// looked for elsewhere, too.
inline std::size_t text_place(std::string_view text, std::size_t places) {
  constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15;
  std::uint64_t head = 0;
  std::uint64_t middle = 0;
  std::uint64_t tail = 0;
  if (const std::size_t rest = text.size() - sizeof(head); text.size() >= sizeof(head)) {
    std::memcpy(&head, text.data(), sizeof(head));
    std::memcpy(&middle, text.data() + rest / 2, sizeof(middle));
    std::memcpy(&tail, text.data() + rest, sizeof(tail));
  } else {
    text.copy(reinterpret_cast<char*>(&head), text.size());
  }
  const std::uint64_t all = head ^ std::rotl(middle, 42) ^ std::rotl(tail, 21);
  const std::uint64_t mixed = (all + text.size()) * kGolden;
  return (mixed >> 32U) * places >> 32U;  // Its highest bits depend on all others.
}

}  // namespace hapax
