// SPDX-License-Identifier: Apache-2.0
#include "processing/manifest.hpp"

namespace hapax {
namespace {

constexpr std::uint32_t kVersion = 4;
constexpr std::uint32_t kVersionBefore = 3;
constexpr std::size_t kSectionHeadBytes = 8;
constexpr const char* kRebuild = "remove the state folder to rebuild it from the log";

Error damaged() {
  return {ErrorKind::kCorrupt, "the state's manifest is damaged", kRebuild};
}

Error of_newer_version(const std::string& what) {
  return {ErrorKind::kInvalid, "the state's manifest has " + what,
          std::string("use the version that wrote it, or ").append(kRebuild)};
}

Error of_other_key(std::uint64_t theirs, std::uint64_t ours) {
  return {ErrorKind::kInvalid,
          "the state's ids are hashed with key " + std::to_string(theirs) +
              ", this server has key " + std::to_string(ours),
          std::string("start with the key that it was made with, or ").append(kRebuild)};
}

bool is_known(ManifestSection section) {
  switch (section) {
    case ManifestSection::kWatermark:
    case ManifestSection::kPartitions:
    case ManifestSection::kBooks:
    case ManifestSection::kFormerView:
    case ManifestSection::kBuckets:
    case ManifestSection::kClock:
    case ManifestSection::kNames:
    case ManifestSection::kViews:
    case ManifestSection::kCounted:
    case ManifestSection::kViewTallies:
    case ManifestSection::kViewHours:
    case ManifestSection::kNumbers:
    case ManifestSection::kIdRuns:
      return true;
  }
  return false;
}

}  // namespace

ManifestWriter::ManifestWriter(std::uint64_t key_id, std::uint64_t number) {
  ByteWriter out(manifest_);
  out.put_u32(kVersion);
  out.put_u64(key_id);
  out.put_u64(number);
}

void ManifestWriter::append(ManifestSection section, std::string_view content) {
  ByteWriter out(manifest_);
  out.put_u32(static_cast<std::uint32_t>(section));
  out.put_string(content);
}

Result<ManifestReader> ManifestReader::open(std::string_view manifest, std::uint64_t key_id) {
  ByteReader head(manifest);
  if (const std::uint32_t version = head.u32();
      head.ok() && version != kVersion && version != kVersionBefore) {
    return of_newer_version("version " + std::to_string(version) + ", this program reads " +
                            std::to_string(kVersionBefore) + " and " + std::to_string(kVersion));
  }
  if (const std::uint64_t theirs = head.u64(); head.ok() && theirs != key_id) {
    return of_other_key(theirs, key_id);
  }
  ManifestReader reader;
  reader.number_ = head.u64();
  for (std::string_view rest = manifest.substr(manifest.size() - head.left()); !rest.empty();) {
    ByteReader in(rest);
    const auto section = static_cast<ManifestSection>(in.u32());
    const std::uint32_t bytes = in.u32();
    if (!in.ok() || bytes > in.left()) {
      return damaged();
    }
    if (!is_known(section)) {
      return of_newer_version("a section that this program does not know: " +
                              std::to_string(static_cast<std::uint32_t>(section)));
    }
    reader.sections_[section] = rest.substr(kSectionHeadBytes, bytes);
    rest.remove_prefix(kSectionHeadBytes + bytes);
  }
  return head.ok() ? Result<ManifestReader>(std::move(reader)) : damaged();
}

Result<void> ManifestReader::read(ManifestSection section, const Read& read) const {
  const auto found = sections_.find(section);
  if (found == sections_.end()) {
    return damaged();
  }
  ByteReader in(found->second);
  HAPAX_TRY(read(in));
  return in.ok() && in.at_end() ? Result<void>() : damaged();
}

void ManifestReader::read_head(ManifestSection section,
                               const std::function<void(ByteReader&)>& read) const {
  if (const auto found = sections_.find(section); found != sections_.end()) {
    ByteReader in(found->second);
    read(in);
  }
}

}  // namespace hapax
