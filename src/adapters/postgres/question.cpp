// SPDX-License-Identifier: Apache-2.0
#include "adapters/postgres/question.hpp"

#include <limits>

namespace hapax::postgres {
namespace {

constexpr std::uint32_t kByteaType = 17;  // Its number in the catalog of every server.

template <typename Integer>
void append_big_endian(std::string& to, Integer value) {
  for (int shift = std::numeric_limits<Integer>::digits - 8; shift >= 0; shift -= 8) {
    to += static_cast<char>(value >> static_cast<unsigned>(shift));
  }
}

template <typename Integer>
Integer big_endian(std::string_view bytes) {
  Integer value = 0;
  for (const char byte : bytes) {
    value = static_cast<Integer>(value << 8U) | static_cast<unsigned char>(byte);
  }
  return value;
}

}  // namespace

ByteaArray::ByteaArray() {
  append_big_endian<std::uint32_t>(bytes_, 1);  // Dimensions.
  append_big_endian<std::uint32_t>(bytes_, 0);  // No element is NULL.
  append_big_endian<std::uint32_t>(bytes_, kByteaType);
  append_big_endian<std::uint32_t>(bytes_, 0);  // The size; see take().
  append_big_endian<std::uint32_t>(bytes_, 1);  // The number of the first one.
}

void ByteaArray::add(std::string_view bytes) {
  append_big_endian(bytes_, static_cast<std::uint32_t>(bytes.size()));
  bytes_ += bytes;
  ++size_;
}

std::string ByteaArray::take() && {
  constexpr std::size_t kSizeAt = 12;
  std::string size;
  append_big_endian(size, size_);
  bytes_.replace(kSizeAt, size.size(), size);
  return std::move(bytes_);
}

Question&& Question::int4(std::uint32_t value) && {
  append_big_endian(parameters_.emplace_back(), value);
  return std::move(*this);
}

Question&& Question::int8(std::uint64_t value) && {
  append_big_endian(parameters_.emplace_back(), value);
  return std::move(*this);
}

Question&& Question::bytes(std::string_view value) && {
  parameters_.emplace_back(value);
  return std::move(*this);
}

Question&& Question::array(ByteaArray value) && {
  parameters_.push_back(std::move(value).take());
  return std::move(*this);
}

Question::Pointers Question::pointers() const {
  Pointers pointers;
  for (const std::string& parameter : parameters_) {
    pointers.values.push_back(parameter.data());
    pointers.lengths.push_back(static_cast<int>(parameter.size()));
    pointers.formats.push_back(1);
  }
  return pointers;
}

int Question::send(PGconn& connection) const {
  const Pointers to = pointers();
  return PQsendQueryParams(&connection, text_->c_str(), static_cast<int>(parameters_.size()),
                           nullptr, to.values.data(), to.lengths.data(), to.formats.data(), 1);
}

int Question::send_prepared(PGconn& connection, const std::string& name) const {
  const Pointers to = pointers();
  return PQsendQueryPrepared(&connection, name.c_str(), static_cast<int>(parameters_.size()),
                             to.values.data(), to.lengths.data(), to.formats.data(), 1);
}

std::string_view bytes_in(const PGresult& answer, int row, int field) {
  return {PQgetvalue(&answer, row, field),
          static_cast<std::size_t>(PQgetlength(&answer, row, field))};
}

std::uint32_t int4_in(const PGresult& answer, int row, int field) {
  return big_endian<std::uint32_t>(bytes_in(answer, row, field));
}

std::uint64_t int8_in(const PGresult& answer, int row, int field) {
  return big_endian<std::uint64_t>(bytes_in(answer, row, field));
}

}  // namespace hapax::postgres
