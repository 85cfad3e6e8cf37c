// SPDX-License-Identifier: Apache-2.0
#include "cluster/judged_ids.hpp"

#include <utility>

namespace hapax {

Result<void> JudgedIds::restore(const std::string& payload, std::vector<std::string> names,
                                std::vector<std::string> files) {
  HAPAX_ASSIGN(const std::string state,
               files_.restore(payload, std::move(names), std::move(files)));
  judge_.emplace(partitions_, dedup_, store_.tables());
  if (state.empty()) {
    return {};
  }
  ByteReader in(state);
  return judge_->restore(in);
}

Result<StateImage> JudgedIds::freeze(std::uint64_t /*version*/) {
  HAPAX_TRY(write_frozen());  // Of a freeze that failed: the state has gone on since.
  frozen_ = judge_->freeze();
  std::string state;
  ByteWriter out(state);
  judge_->encode(out);
  HAPAX_TRY(write_frozen());
  return files_.image(state);
}

Result<void> JudgedIds::spill() {
  HAPAX_TRY(write_frozen());
  frozen_ = judge_->freeze();
  return write_frozen();
}

Result<void> JudgedIds::write_frozen() {
  if (!frozen_) {
    return {};
  }
  StateWrite write{.manifest = "judge"};
  HAPAX_TRY(frozen_->add_to(write, store_.tables()));
  HAPAX_TRY(store_.tables().write(write));
  judge_->commit();
  frozen_.reset();
  return {};
}

}  // namespace hapax
