// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/digest.hpp"
#include "core/time.hpp"

namespace hapax {

/// Appends fixed-width little-endian integers and length-prefixed strings: one value has one
/// encoding, so equal states have equal bytes.
class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}

  void put_u8(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void put_u32(std::uint32_t value) { put(value); }
  void put_u64(std::uint64_t value) { put(value); }
  void put_time(EventTime time) { put(static_cast<std::uint64_t>(to_micros(time))); }
  void put_time(ProcessingTime time) { put(static_cast<std::uint64_t>(to_micros(time))); }
  void put_digest(const Digest& digest) {
    put(digest.sum().low);
    put(digest.sum().high);
  }
  /// Makes room for so many bytes at once.
  void reserve(std::size_t bytes) { out_.reserve(out_.size() + bytes); }
  void put_string(std::string_view text) {
    put(static_cast<std::uint32_t>(text.size()));
    out_.append(text);
  }

 private:
  template <std::unsigned_integral T>
  void put(T value) {
    std::array<char, sizeof(T)> bytes;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      bytes[i] = static_cast<char>(value >> (8 * i));
    }
    out_.append(bytes.data(), bytes.size());
  }

  std::string& out_;  // Outlives the writer.
};

/// Reads what ByteWriter wrote. Reading past the end gives zeros and makes ok() false for good, so
/// a caller checks once, at the end.
class ByteReader {
 public:
  explicit ByteReader(std::string_view in) : in_(in) {}

  std::uint8_t u8() { return take<std::uint8_t>(); }
  std::uint32_t u32() { return take<std::uint32_t>(); }
  std::uint64_t u64() { return take<std::uint64_t>(); }
  EventTime event_time() { return event_time_from_micros(static_cast<std::int64_t>(u64())); }
  ProcessingTime processing_time() {
    return processing_time_from_micros(static_cast<std::int64_t>(u64()));
  }
  Digest digest() {
    const std::uint64_t low = u64();
    return Digest(low, u64());
  }
  std::string string() {
    const std::uint32_t size = u32();
    if (size > in_.size()) {
      ok_ = false;
      return {};
    }
    std::string text(in_.substr(0, size));
    in_.remove_prefix(size);
    return text;
  }

  bool ok() const { return ok_; }
  bool at_end() const { return in_.empty(); }
  std::size_t left() const { return in_.size(); }

 private:
  template <std::unsigned_integral T>
  T take() {
    if (in_.size() < sizeof(T)) {
      ok_ = false;
      in_ = {};
      return 0;
    }
    T value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      value |= static_cast<T>(static_cast<T>(static_cast<unsigned char>(in_[i])) << (8 * i));
    }
    in_.remove_prefix(sizeof(T));
    return value;
  }

  std::string_view in_;
  bool ok_ = true;
};

}  // namespace hapax
