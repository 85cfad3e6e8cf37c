// SPDX-License-Identifier: Apache-2.0
#include "stream/run_list.hpp"

namespace hapax {
namespace {

constexpr std::size_t kRunBytes = 12;

}  // namespace

RunList::Append RunList::append(std::uint64_t size) {
  Append append{.number = next_++};
  while (!runs_.empty() && runs_.back().size <= kGrowth * size) {
    append.taken_in.push_back(runs_.back().number);
    size += runs_.back().size;
    runs_.pop_back();
  }
  runs_.push_back({.number = append.number, .size = size});
  return append;
}

std::vector<std::uint32_t> RunList::numbers() const {
  std::vector<std::uint32_t> numbers;
  numbers.reserve(runs_.size());
  for (const Run& run : runs_) {
    numbers.push_back(run.number);
  }
  return numbers;
}

void RunList::encode(ByteWriter& out) const {
  out.put_u32(next_);
  out.put_u32(static_cast<std::uint32_t>(runs_.size()));
  for (const Run& run : runs_) {
    out.put_u32(run.number);
    out.put_u64(run.size);
  }
}

void RunList::decode(ByteReader& in) {
  next_ = in.u32();
  runs_.clear();
  const std::uint32_t count = in.u32();
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    const std::uint32_t number = in.u32();
    runs_.push_back({.number = number, .size = in.u64()});
  }
}

bool RunList::fits(ByteReader in) {
  in.u32();
  const std::uint64_t count = in.u32();
  return in.ok() && in.left() == count * kRunBytes;
}

}  // namespace hapax
