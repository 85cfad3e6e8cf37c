// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <vector>

#include "core/ids.hpp"
#include "ports/cell_store.hpp"

namespace hapax {

/// Brings what a partition has kept to where it is read: rows before the progress that promises
/// them, one publication after the other, each until it is there. It is given nothing that is not
/// kept. Threading and lifetime: as ManifestChain.
class Publisher {
 public:
  Publisher(CellStore& cells, PartitionId partition) : cells_(cells), partition_(partition) {}
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  void publish(std::vector<CellRow> rows, PublishedProgress progress) {
    waiting_.push_back({.rows = std::move(rows), .progress = std::move(progress)});
  }
  bool is_idle() const { return waiting_.empty(); }

  void step();

 private:
  struct Publication {
    std::vector<CellRow> rows;
    PublishedProgress progress;
    bool rows_are_there = false;
  };

  CellStore& cells_;
  const PartitionId partition_;
  std::deque<Publication> waiting_;
  bool busy_ = false;
};

}  // namespace hapax
