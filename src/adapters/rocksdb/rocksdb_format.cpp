#include "adapters/rocksdb/rocksdb_format.hpp"

#include <charconv>

namespace hapax::rocksdb_format {
namespace {

constexpr std::string_view kBucketPrefix = "ids-";
constexpr std::size_t kIdBytes = 16;
constexpr std::size_t kHalfBytes = 8;

void put_big_endian(std::uint64_t value, char* to) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    *to++ = static_cast<char>(value >> shift);
  }
}

std::uint64_t read_big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) {
    value = value << 8U | static_cast<unsigned char>(byte);
  }
  return value;
}

}  // namespace

std::string bucket_family(BucketId bucket) {
  return std::string(kBucketPrefix) + std::to_string(bucket.value());
}

std::optional<BucketId> bucket_of_family(std::string_view family) {
  if (!family.starts_with(kBucketPrefix)) {
    return std::nullopt;
  }
  family.remove_prefix(kBucketPrefix.size());
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(family.data(), family.data() + family.size(), value);
  if (error != std::errc() || end != family.data() + family.size()) {
    return std::nullopt;
  }
  return BucketId(value);
}

std::array<char, 16> id_key(const Hash128& id) {
  std::array<char, 16> key;
  put_big_endian(id.low, key.data());
  put_big_endian(id.high, key.data() + kHalfBytes);
  return key;
}

std::array<char, 8> content_value(std::uint64_t content) {
  std::array<char, 8> value;
  put_big_endian(content, value.data());
  return value;
}

std::optional<std::uint64_t> decode_content(std::string_view value) {
  if (value.size() != kHalfBytes) {
    return std::nullopt;
  }
  return read_big_endian(value);
}

std::optional<SeenId> decode_id(std::string_view key, std::string_view value) {
  const std::optional<std::uint64_t> content = decode_content(value);
  if (key.size() != kIdBytes || !content) {
    return std::nullopt;
  }
  return SeenId{.id = {.low = read_big_endian(key.substr(0, kHalfBytes)),
                       .high = read_big_endian(key.substr(kHalfBytes))},
                .content = *content};
}

}  // namespace hapax::rocksdb_format
