// SPDX-License-Identifier: Apache-2.0
#include "read/cell_walk.hpp"

#include <utility>

namespace hapax {
namespace {

constexpr std::size_t kWindowKeyBytes = 16;
/// So many other cells are passed over before a look for the next near one, which costs about as
/// much.
constexpr std::size_t kPassedMax = 32;

Error damaged_key() {
  return {ErrorKind::kCorrupt, "a stored cell of a declared view is damaged",
          "stop, and remove the state folder to rebuild it from the log"};
}

/// Of the key of a cell that is not near: the first key behind it that may be one that is.
std::string next_near(const GroupMatch& match, std::string_view key) {
  return match.next_near(key.substr(0, kWindowKeyBytes), key.substr(kWindowKeyBytes));
}

/// A key before this one, and before no group that is before this one.
std::string before(std::string key) {
  constexpr char kBehindAllGroups = '\xFF';
  const char last = key.back();
  key.pop_back();
  return last == '\0' ? key : key.append({static_cast<char>(last - 1), kBehindAllGroups});
}

}  // namespace

Result<CellWalk::End> CellWalk::walk(std::string_view from, std::string_view to,
                                     const Visit& visit) {
  last_key_.clear();
  End end = End::kWhole;
  HAPAX_TRY(cells_.read(to, limits_.combined, [&](RowCursor& at) -> Result<void> {
    for (at.seek(from); at.valid() && end == End::kWhole;) {
      if (at.key().size() < kWindowKeyBytes) {
        return damaged_key();
      }
      if (is_spent()) {
        end = End::kSpent;
      } else if (!match_.is_near(at.key().substr(kWindowKeyBytes))) {
        pass(at);
      } else {
        HAPAX_ASSIGN(const bool more, look_at(at, visit));
        end = more ? End::kWhole : End::kStopped;
      }
    }
    return {};
  }));
  return end;
}

bool CellWalk::is_spent() {
  const std::size_t step = steps_++;
  const bool is_timed = step % limits_.steps_untimed == limits_.steps_untimed - 1;
  return step >= limits_.cells_max || (is_timed && budget_.is_over());
}

/// False when the visitor had enough, before this cell.
Result<bool> CellWalk::look_at(RowCursor& at, const Visit& visit) {
  passed_ = 0;
  const auto key = split_view_cell_key(at.key());
  auto group = key ? decode_group(key->group) : std::nullopt;
  if (!group) {
    return damaged_key();
  }
  group_ = std::move(*group);
  if (match_.may_match(group_)) {
    const std::string_view value = at.value();
    if (value.empty()) {
      HAPAX_TRY(at.status());
    }
    HAPAX_ASSIGN(const bool more,
                 visit({.key = at.key(),
                        .window = key->window,
                        .group_bytes = key->group,
                        .group = group_,
                        .value = value,
                        .is_other = group_.size() < cells_.shape().group_fields.size(),
                        .matches = match_.matches(group_),
                        .at = at}));
    if (!more) {
      return false;
    }
  }
  last_key_ = at.key();
  is_last_near_ = true;
  at.next();
  return true;
}

void CellWalk::pass(RowCursor& at) {
  last_key_ = at.key();
  is_last_near_ = false;
  if (++passed_ <= kPassedMax) {
    at.next();
    return;
  }
  passed_ = 0;
  at.seek(next_near(match_, last_key_));
}

std::string CellWalk::last_key() const {
  return last_key_.empty() || is_last_near_ ? last_key_ : before(next_near(match_, last_key_));
}

}  // namespace hapax
