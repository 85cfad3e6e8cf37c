// SPDX-License-Identifier: Apache-2.0
#include "cluster/agreement.hpp"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "ports/missed_duplicates.hpp"

namespace hapax {
namespace {

constexpr PartitionId kControl{0};

constexpr std::string_view kSameForAll =
    "give this role the same value as all others; the cluster keeps what it was made with";

Error disagreement(std::string_view setting, std::string_view ours, std::string_view theirs,
                   std::string_view hint = kSameForAll) {
  return Error{ErrorKind::kInvalid,
               fmt::format("{} is {} here, and {} in the cluster", setting, ours, theirs),
               std::string(hint)};
}

std::string text_of(Microseconds duration) {
  return fmt::format("{} us", duration.count());
}
std::string text_of(std::uint32_t count) {
  return std::to_string(count);
}
std::string text_of(DedupScope scope) {
  return scope == DedupScope::kExact ? "exact" : "partition";
}

std::string text_of_share(std::uint32_t of_whole) {
  return fmt::format("{}", static_cast<double>(of_whole) / MissedDuplicates::kWhole);
}

template <typename Value>
Result<void> must_be_same(std::string_view setting, const Value& ours, const Value& theirs) {
  if (ours != theirs) {
    return disagreement(setting, text_of(ours), text_of(theirs));
  }
  return {};
}

}  // namespace

Result<void> check_agreement(const ClusterSettings& ours, const ClusterSettings& theirs) {
  if (ours.key_id != theirs.key_id) {
    return disagreement("the key of cluster.key_file", fmt::format("{:016x}", ours.key_id),
                        fmt::format("{:016x}", theirs.key_id),
                        "copy the file from a machine whose roles run");
  }
  if (ours.events_topic != theirs.events_topic) {
    return disagreement("the id of the topic of events", ours.events_topic, theirs.events_topic,
                        "it was deleted and made again, and what was in it is gone: see "
                        "docs/kafka.md; or it is the topic of another cluster");
  }
  HAPAX_TRY(must_be_same("dedup.scope", ours.dedup_scope, theirs.dedup_scope));
  if (ours.missed_sample != theirs.missed_sample) {
    return disagreement("dedup.missed_sample", text_of_share(ours.missed_sample),
                        text_of_share(theirs.missed_sample));
  }
  HAPAX_TRY(must_be_same("dedup.window", ours.dedup_window, theirs.dedup_window));
  HAPAX_TRY(
      must_be_same("views.out_of_order_bound", ours.out_of_order_bound, theirs.out_of_order_bound));
  HAPAX_TRY(must_be_same("views.idle_timeout", ours.idle_timeout, theirs.idle_timeout));
  HAPAX_TRY(must_be_same("cluster.partitions", ours.event_partitions, theirs.event_partitions));
  return must_be_same("cluster.claim_partitions", ours.claim_partitions, theirs.claim_partitions);
}

Agreement::Agreement(ClusterSettings ours, Topic& control, ControlFollower& follower)
    : ours_([&] {
        ours.epoch = SettingsEpoch(1);
        return std::move(ours);
      }()),
      follower_(follower),
      notes_(control) {}

Result<bool> Agreement::step() {
  notes_.step();
  HAPAX_TRY(follower_.step());
  if (!follower_.has_caught_up()) {
    return false;
  }
  if (settings().epoch == SettingsEpoch(0)) {
    if (!std::exchange(said_, true)) {
      notes_.append(kControl, {.header = {}, .value = encode_note(ours_)});
    }
    return notes_.trouble() ? Result<bool>(*notes_.trouble()) : false;
  }
  HAPAX_TRY(check_agreement(ours_, settings()));
  const bool is_durable = notes_.durable_below() == notes_.next_number();
  return !is_durable && notes_.trouble() ? Result<bool>(*notes_.trouble()) : is_durable;
}

}  // namespace hapax
