// SPDX-License-Identifier: Apache-2.0
#include "stream/measure/measure_result.hpp"

#include <algorithm>
#include <bit>

namespace hapax {
namespace {

// Kinds 0 to 3 are those of encode_value().
constexpr std::uint8_t kCountAnswer = 4;
constexpr std::uint8_t kTopAnswer = 5;
constexpr std::uint8_t kEstimatedTopAnswer = 6;
constexpr std::uint8_t kExact = 1;
constexpr std::uint8_t kOverflow = 2;
// What is not 0 follows.
constexpr std::uint8_t kHasError = 4;
constexpr std::uint8_t kHasOther = 8;
constexpr std::uint8_t kHasSkipped = 16;

struct EncodeAnswer {
  template <typename Scalar>
  void operator()(const Scalar& value) const {
    encode_value(OwnedValue(value), out);
  }
  void operator()(std::uint64_t count) const {
    out.put_u8(kCountAnswer);
    out.put_u64(count);
  }
  void operator()(const std::vector<TopValue>& values) const {
    const bool is_estimated = std::ranges::any_of(
        values, [](const TopValue& top) { return top.error != 0 || top.is_cut; });
    out.put_u8(is_estimated ? kEstimatedTopAnswer : kTopAnswer);
    out.put_u32(static_cast<std::uint32_t>(values.size()));
    for (const TopValue& top : values) {
      encode_value(top.value, out);
      out.put_u64(top.count);
      if (is_estimated) {
        out.put_u64(top.error);
        out.put_u8(top.is_cut ? 1 : 0);
      }
    }
  }

  ByteWriter& out;
};

std::uint8_t flags_of(const MeasureResult& result) {
  return static_cast<std::uint8_t>((result.exact ? kExact : 0) | (result.overflow ? kOverflow : 0) |
                                   (result.relative_error != 0 ? kHasError : 0) |
                                   (result.other != 0 ? kHasOther : 0) |
                                   (result.skipped != 0 ? kHasSkipped : 0));
}

bool decode_top(ByteReader& in, bool is_estimated, MeasureResult::Answer& answer) {
  std::vector<TopValue> values;
  const std::uint32_t count = in.u32();
  for (std::uint32_t i = 0; i < count; ++i) {
    TopValue& top = values.emplace_back();
    if (!decode_value(in, top.value)) {
      return false;
    }
    top.count = in.u64();
    top.error = is_estimated ? in.u64() : 0;
    top.is_cut = is_estimated && in.u8() != 0;
  }
  answer = std::move(values);
  return in.ok();
}

bool decode_answer(ByteReader& in, MeasureResult::Answer& answer) {
  ByteReader kind_of = in;
  const std::uint8_t kind = kind_of.u8();
  if (kind == kTopAnswer || kind == kEstimatedTopAnswer) {
    in = kind_of;
    return decode_top(in, kind == kEstimatedTopAnswer, answer);
  }
  if (kind == kCountAnswer) {
    in = kind_of;
    answer = in.u64();
    return in.ok();
  }
  OwnedValue value;
  const bool decoded = decode_value(in, value);
  std::visit([&](auto& held) { answer = std::move(held); }, value);
  return decoded;
}

}  // namespace

void encode_result(const MeasureResult& result, ByteWriter& out) {
  std::visit(EncodeAnswer{out}, result.answer);
  out.put_u8(flags_of(result));
  if (result.relative_error != 0) {
    out.put_u64(std::bit_cast<std::uint64_t>(result.relative_error));
  }
  if (result.other != 0) {
    out.put_u64(result.other);
  }
  if (result.skipped != 0) {
    out.put_u64(result.skipped);
  }
}

bool decode_result(ByteReader& in, MeasureResult& result) {
  if (!decode_answer(in, result.answer)) {
    return false;
  }
  const std::uint8_t flags = in.u8();
  const auto u64_if = [&](std::uint8_t flag) { return (flags & flag) != 0 ? in.u64() : 0; };
  result.exact = (flags & kExact) != 0;
  result.overflow = (flags & kOverflow) != 0;
  result.relative_error = std::bit_cast<double>(u64_if(kHasError));
  result.other = u64_if(kHasOther);
  result.skipped = u64_if(kHasSkipped);
  return in.ok();
}

}  // namespace hapax
