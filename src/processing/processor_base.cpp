// SPDX-License-Identifier: Apache-2.0
// What of the log the base makes up for, so that retention may drop it.
#include <utility>

#include "processing/manifest.hpp"
#include "processing/processor_core.hpp"

namespace hapax {

// A base covers all that was processed when it was kept, far more than what is over retention then:
// so there is a new one about as often as the log has changed from end to end.
bool ProcessorCore::base_wanted() const {
  const bool uncertain = frozen_ != nullptr;  // A write that failed may be there all the same.
  if (superseded_ || committed_in_doubt_ || uncertain) {
    return false;
  }
  const std::vector<Offset> over = log_.over_retention();
  for (std::size_t i = 0; i < committed_.size() && i < over.size(); ++i) {
    const Offset covered = base_.empty() ? Offset(0) : base_[i].end;
    if (over[i] > covered && committed_[i].end > covered) {
      return true;
    }
  }
  return false;
}

void ProcessorCore::commit_base() {
  cover(committed_);
}

void ProcessorCore::cover(std::vector<Receipt::End> offsets) {
  base_ = std::move(offsets);
  log_.release(base_subscriber_, base_);
}

// One that cannot be read, or is not of what this state was once, covers nothing: the next one
// takes its place.
void ProcessorCore::take_base() {
  const Result<std::optional<std::string>> stored = store_.base_manifest();
  if (!stored || !*stored) {
    return;
  }
  std::vector<Partition> partitions = partitions_;
  const Result<ManifestReader> base = ManifestReader::open(**stored, ids_.key_id());
  if (!base || base->number() > number_ ||
      !base->read(ManifestSection::kPartitions,
                  [&](ByteReader& in) { return restore_partitions(in, partitions); })) {
    return;
  }
  std::vector<Receipt::End> covered = offsets();
  for (std::size_t i = 0; i < covered.size(); ++i) {
    if (partitions[i].processed > covered[i].end) {
      return;
    }
    covered[i].end = partitions[i].processed;
  }
  cover(std::move(covered));
}

/// Whether the state is as the base made it.
bool ProcessorCore::is_base(const std::optional<std::string>& manifest) const {
  const Result<std::optional<std::string>> base = store_.base_manifest();
  return manifest && base && *base == manifest;
}

/// `error` with `manifest`, said of the base if that is where the state is from.
Error ProcessorCore::said_of_base(Error error, const std::optional<std::string>& manifest) const {
  if (is_base(manifest)) {
    error.message = "the base, which the state was restored from, does not fit: " + error.message;
    error.hint =
        "put together log, key and base of one data folder; or remove the folders state and base, "
        "to count anew from where the log begins";
  }
  return error;
}

}  // namespace hapax
