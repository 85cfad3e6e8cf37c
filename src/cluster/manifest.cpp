// SPDX-License-Identifier: Apache-2.0
#include "cluster/manifest.hpp"

#include <fmt/format.h>

#include "bytes/bytes.hpp"

namespace hapax {
namespace {

constexpr std::uint8_t kVersion = 2;

void put_texts(ByteWriter& out, const std::vector<std::string>& texts) {
  out.put_u32(static_cast<std::uint32_t>(texts.size()));
  for (const std::string& text : texts) {
    out.put_string(text);
  }
}

void read_texts(ByteReader& in, std::vector<std::string>& texts) {
  for (std::uint32_t left = in.u32(); left > 0 && in.ok(); --left) {
    texts.push_back(in.string());
  }
}

}  // namespace

std::string manifest_name(std::string_view state, std::uint64_t number) {
  return fmt::format("{}/manifest/{:020}", state, number);
}

std::string encode_manifest(const Manifest& manifest) {
  std::string bytes;
  ByteWriter out(bytes);
  out.put_u8(kVersion);
  out.put_u64(manifest.number);
  out.put_u64(manifest.epoch);
  out.put_u64(manifest.nonce);
  out.put_u8(manifest.is_stub ? 1 : 0);
  out.put_u64(manifest.stubs_below);
  put_texts(out, manifest.files);
  out.put_string(manifest.payload);
  put_texts(out, manifest.topics);
  return bytes;
}

Result<Manifest> decode_manifest(std::string_view bytes) {
  ByteReader in(bytes);
  if (const std::uint8_t version = in.u8(); version != kVersion) {
    return Error{ErrorKind::kCorrupt,
                 "a manifest is of format version " + std::to_string(version) +
                     ", this program reads " + std::to_string(kVersion),
                 version > kVersion ? "start a newer Hapax"
                                    : "it is of a Hapax before the first release: give the cluster "
                                      "another folder of objects, and topics of its own"};
  }
  Manifest manifest{.number = in.u64(), .epoch = in.u64(), .nonce = in.u64()};
  manifest.is_stub = in.u8() != 0;
  manifest.stubs_below = in.u64();
  read_texts(in, manifest.files);
  manifest.payload = in.string();
  read_texts(in, manifest.topics);
  if (!in.ok() || !in.at_end()) {
    return Error{ErrorKind::kCorrupt, "a manifest ends early, or late"};
  }
  return manifest;
}

}  // namespace hapax
