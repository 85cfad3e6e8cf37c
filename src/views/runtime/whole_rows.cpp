// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/whole_rows.hpp"

#include <utility>

#include "views/runtime/group_key.hpp"

namespace hapax {
namespace {

/// Copies cells one after the other, until they are too many.
class WholeCopy {
 public:
  explicit WholeCopy(const WholeRowsQuery& query) : query_(query) {}

  void add(const Window& window, std::string_view group, const ViewCell& cell) {
    if (!is_whole()) {
      return;
    }
    std::string key = window_key(window).append(group);
    const bool is_wanted = key >= query_.from && (query_.to.empty() || key < query_.to);
    if (!is_wanted || !query_.wants(group)) {
      return;
    }
    bytes_ += sizeof(ViewCell) + key.size() + cell.bytes();
    if (bytes_ <= query_.bytes_max) {
      rows_.add(key, encode_value(cell));
      cells_.emplace(std::move(key), cell);
    }
  }
  bool is_whole() const { return bytes_ <= query_.bytes_max; }
  void give_to(RowSnapshot& rows) {
    rows_.sort();
    rows.add(std::make_shared<const CellRows>(std::move(rows_)));
    rows.tell_whole(std::move(cells_));
  }

 private:
  const WholeRowsQuery& query_;
  std::size_t bytes_ = 0;
  CellRows rows_;
  WholeCells cells_;
};

}  // namespace

Result<RowSnapshot> take_whole_rows(const ViewCells& cells, std::shared_ptr<const ViewShape> shape,
                                    std::shared_ptr<const StateSnapshot> stored,
                                    const WholeRowsQuery& query) {
  WholeCopy copy(query);
  cells.visit_unsaved([&](const Window& window, std::string_view group, const ViewCell& cell) {
    copy.add(window, group, cell);
  });
  if (!copy.is_whole()) {
    return Error{ErrorKind::kExhausted, "the newest cells of the view hold too much to be combined",
                 "ask for some groups, for a shorter range, or without `window`"};
  }
  RowSnapshot rows(std::move(shape), cells.table(), std::move(stored));
  copy.give_to(rows);
  rows.drop_before(cells.living_from());
  return rows;
}

}  // namespace hapax
