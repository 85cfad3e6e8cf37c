// SPDX-License-Identifier: Apache-2.0
// What of the log the base makes up for, so that retention may drop it.
#include <algorithm>
#include <utility>

#include "processing/manifest.hpp"
#include "processing/processor_core.hpp"

namespace hapax {
namespace {

constexpr const char* kViewsSubscriber = "views";

/// The declared views that it holds, by id.
std::vector<std::string> base_views(const ManifestReader& base) {
  std::vector<std::string> ids;
  base.read_head(ManifestSection::kViews, [&ids](ByteReader& in) {
    ids = DeclaredViews::live_ids_in(in).value_or(std::vector<std::string>());
  });
  return ids;
}

}  // namespace

// A base covers all that was processed when it was kept, far more than what is over retention then:
// so there is a new one about as often as the log has changed from end to end.
bool ProcessorCore::base_wanted() const {
  const bool uncertain = frozen_ != nullptr;  // A write that failed may be there all the same.
  if (superseded_ || committed_in_doubt_ || committed_making_ || uncertain) {
    return false;
  }
  const std::vector<Offset> over = log_.over_retention();
  for (std::size_t i = 0; i < committed_.size() && i < over.size(); ++i) {
    const Offset covered = base_.empty() || base_lacks_views() ? Offset(0) : base_[i].end;
    if (over[i] > covered && committed_[i].end > covered) {
      return true;
    }
  }
  return false;
}

void ProcessorCore::commit_base() {
  base_views_ = committed_views_;
  cover(committed_);
  let_go_of_log();
}

/// They could not be made again of it and of what the log holds from there on.
bool ProcessorCore::base_lacks_views() const {
  return !std::ranges::includes(base_views_, committed_views_);
}

// Of all of the log, which a new subscriber holds and an old one has let go of in part.
void ProcessorCore::hold_log_for_views() {
  log_.subscribe({.name = kViewsSubscriber});
  holds_log_ = true;
}

void ProcessorCore::let_go_of_log() {
  const bool is_made = !committed_making_ && !views_.is_making();
  if (holds_log_ && is_made && (base_.empty() || !base_lacks_views())) {
    log_.unsubscribe(kViewsSubscriber);
    holds_log_ = false;
  }
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
  std::vector<PartitionOwner> owners = owners_;
  const Result<ManifestReader> base = ManifestReader::open(**stored, ids_.key_id());
  if (!base || base->number() > number_ ||
      !base->read(ManifestSection::kPartitions,
                  [&](ByteReader& in) { return restore_partitions(in, owners); })) {
    return;
  }
  std::vector<Receipt::End> covered = offsets();
  for (std::size_t i = 0; i < covered.size(); ++i) {
    if (owners[i].processed() > covered[i].end) {
      return;
    }
    covered[i].end = owners[i].processed();
  }
  base_views_ = base_views(*base);
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
