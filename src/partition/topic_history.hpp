// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/ids.hpp"
#include "hash/id_hasher.hpp"
#include "ports/topic.hpp"
#include "processing/history.hpp"
#include "record/result_settings.hpp"

namespace hapax {

/// The events of one partition and what was decided of them, as topics have them: all that was
/// counted, or what retention has left of it. The events are read again with their verdicts, which
/// outlive them; lateness is judged by the records read, as it was before.
/// Threading: readers are made on any thread, and used by the owner of the topics. Lifetime: what
/// is passed must outlive it and its readers.
class TopicHistory : public History {
 public:
  struct Parts {
    PartitionId partition;
    Topic& events;
    Topic& verdicts;
    IdHasher ids;
    ResultSettings settings;  ///< By which lateness was judged.
  };

  explicit TopicHistory(const Parts& parts) : parts_(parts) {}

  Result<std::unique_ptr<HistoryReader>> begin(const ViewInputs& inputs) override;
  Result<std::unique_ptr<HistoryReader>> restore(const ViewInputs& inputs, ByteReader& in) override;

 private:
  const Parts parts_;
};

/// Where nobody keeps what was decided: views count what comes from now on, and say so.
class NoHistory : public History {
 public:
  Result<std::unique_ptr<HistoryReader>> begin(const ViewInputs& inputs) override;
  Result<std::unique_ptr<HistoryReader>> restore(const ViewInputs& inputs, ByteReader& in) override;
};

}  // namespace hapax
