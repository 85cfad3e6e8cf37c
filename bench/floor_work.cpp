// SPDX-License-Identifier: Apache-2.0
#include "bench/floor_work.hpp"

#include <libdeflate.h>

#include "hash/hash.hpp"

namespace hapax::bench {
namespace {

Error unreadable(const char* what) {
  return {.kind = ErrorKind::kInvalid,
          .message = std::string("cannot read a body: ") + what,
          .hint = "send what `hapax bench --floor` sends, with --events-gzip if it is compressed"};
}

}  // namespace

void FloorWork::Free::operator()(libdeflate_decompressor* decompressor) const {
  libdeflate_free_decompressor(decompressor);
}

FloorWork::FloorWork(RecycledFile& file)
    : file_(file),
      decompressor_(libdeflate_alloc_decompressor()),
      group_(kGroupBytes + kBodyBytesMax + simdjson::SIMDJSON_PADDING) {}

Result<std::size_t> FloorWork::take(std::string_view body, bool gzip) {
  HAPAX_ASSIGN(const auto bytes, copy(body, gzip));
  const std::string_view json(group_.data() + used_, bytes);
  HAPAX_ASSIGN(const auto events, parse(json, group_.size() - used_));
  checksum_ += crc32c(std::as_bytes(std::span(json)));
  used_ += bytes;
  if (used_ >= kGroupBytes) {
    HAPAX_TRY(sync());
  }
  return events;
}

Result<std::size_t> FloorWork::copy(std::string_view body, bool gzip) {
  char* into = group_.data() + used_;
  if (!gzip) {
    return body.size() > kBodyBytesMax ? unreadable("too large")
                                       : Result<std::size_t>(body.copy(into, body.size()));
  }
  std::size_t bytes = 0;
  const auto code = libdeflate_gzip_decompress(decompressor_.get(), body.data(), body.size(), into,
                                               kBodyBytesMax, &bytes);
  return code == LIBDEFLATE_SUCCESS ? Result<std::size_t>(bytes) : unreadable("no gzip");
}

Result<std::size_t> FloorWork::parse(std::string_view json, std::size_t capacity) {
  std::size_t events = 0;
  try {
    auto document = parser_.iterate(json.data(), json.size(), capacity);
    for (simdjson::ondemand::object event : document["batch"]) {
      for (const auto* key : {"messageId", "event", "timestamp", "userId"}) {
        const std::string_view value = event[key];
        checksum_ += value.size() + static_cast<unsigned char>(value.back());
      }
      ++events;
    }
  } catch (const simdjson::simdjson_error& error) {
    return unreadable(error.what());
  }
  return events;
}

Result<void> FloorWork::sync() {
  if (used_ == 0) {
    return {};
  }
  constexpr auto kPage = RecycledFile::kPageBytes;
  const auto bytes = (used_ + kPage - 1) / kPage * kPage;
  used_ = 0;
  return file_.write_and_sync(std::as_bytes(std::span(group_).first(bytes)));
}

}  // namespace hapax::bench
