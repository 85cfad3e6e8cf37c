// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hapax {

/// Cells of a view with what they were at one moment, in one piece of memory: keys (window_key()
/// and the group) and values (encode_value() of view_cell.hpp). Each once; by key once they are
/// sorted. Threading: one owner until it is sorted, then it may be shared.
class CellRows {
 public:
  void reserve(std::size_t count) { rows_.reserve(count); }
  void add(std::string_view key, std::string_view value);
  void sort();
  /// Of two sorted ones: the cells of both, as `newer` has them where it does.
  static CellRows merge(const CellRows& older, const CellRows& newer);

  std::size_t size() const { return rows_.size(); }
  std::string_view key(std::size_t i) const {
    return std::string_view(bytes_).substr(rows_[i].at, rows_[i].key_size);
  }
  std::string_view value(std::size_t i) const {
    return std::string_view(bytes_).substr(rows_[i].at + rows_[i].key_size, rows_[i].value_size);
  }
  /// Of a sorted one: the first cell at or after `key`.
  std::size_t lower_bound(std::string_view key) const;

 private:
  struct Row {
    std::size_t at;
    std::size_t key_size;
    std::size_t value_size;
  };

  std::vector<Row> rows_;
  std::string bytes_;
};

}  // namespace hapax
