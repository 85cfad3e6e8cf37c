// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/keyed_view.hpp"

#include <algorithm>
#include <cassert>

#include "core/time_math.hpp"
#include "stream/watermark.hpp"

namespace hapax {
namespace {

constexpr std::size_t kStatesPerChange = 1 + std::tuple_size_v<decltype(KeyChange::before)>;

}  // namespace

Result<std::unique_ptr<KeyedView>> KeyedView::create(ViewPlan plan, StateStore& store,
                                                     const std::string& id, const KeyLimit& limit) {
  std::unique_ptr<KeyedView> view(new KeyedView(std::move(plan), store, id, limit));
  if (view->samples_) {
    HAPAX_TRY(view->samples_->load());
  }
  return view;
}

KeyedView::KeyedView(ViewPlan plan, StateStore& store, const std::string& id, const KeyLimit& limit)
    : RunningView(std::move(plan), store, id),
      gap_(shape()->spec.window.session_gap),
      key_table_("view." + id + ".keys") {
  assert(shape()->spec.per && plan_.measures().retracts());
  const std::uint64_t seed = plan_.measures().seed();
  const KeyForm form = plan_.has_exit() ? KeyForm::kEntryAndExit : KeyForm::kEntry;
  if (gap_) {
    auto sessions = std::make_unique<SessionKeys>(store, key_table_, form, *gap_, seed);
    sessions_ = sessions.get();
    states_ = std::move(sessions);
  } else {
    auto windows = std::make_unique<WindowKeys>(store, key_table_, form, seed);
    windows_ = windows.get();
    states_ = std::move(windows);
  }
  for (const Measure& measure : shape()->spec.measures) {
    if (measure.field) {
      measured_.push_back(KeyState::input_of(measure.field->kind));
    }
  }
  const bool changes = !measured_.empty() || plan_.has_exit();
  if (gap_ && changes && shape()->spec.window.kind != WindowKind::kNone) {
    open_.emplace(*gap_);
  }
  if (shape()->spec.has_measure_of(FieldKind::kKeyIsNew)) {
    lives_.emplace(store, "view." + id + ".lives", shape()->spec.first_seen_keep, seed);
  } else {
    const KeySamples::Kind kind{.by_window = !gap_,
                                .keys_expire = gap_ && shape()->spec.keep.has_value()};
    samples_.emplace(store, "view." + id + ".sample", limit, kind);
  }
}

Result<void> KeyedView::add(EventInputs& inputs, EventTime watermark) {
  const auto [accepted, kind_mismatches] = plan_.accepts(inputs);
  if (accepted || kind_mismatches > 0) {
    HAPAX_TRY(open_account(inputs));
  }
  EventFate fate = EventFate::kFiltered;
  if (accepted) {
    HAPAX_ASSIGN(fate, take(inputs, watermark));
  }
  if (accepted || kind_mismatches > 0) {
    enter(inputs, fate, fate == EventFate::kCounted ? places_ : 0, kind_mismatches);
  }
  if (!accepted) {
    filtered_.add(inputs.event().seen.id);
  }
  return {};
}

/// All that is touched is there before the first of it changes.
Result<EventFate> KeyedView::take(EventInputs& inputs, EventTime watermark) {
  key_.clear();
  if (!plan_.append_key(inputs, key_)) {
    return EventFate::kWithoutKey;
  }
  const KeyedEvent& event = inputs.event();
  const std::span<const Window> windows = living_windows(event.event);
  if (windows.empty()) {
    return EventFate::kExpired;
  }
  places_ = windows.size();
  read_event(inputs);
  joining_.clear();
  leaving_.clear();
  HAPAX_TRY(samples_ ? find_sampled(windows) : find_states(windows));
  if (changes_.empty() && joining_.empty()) {
    return EventFate::kCounted;
  }
  make_cell_changes(watermark);
  HAPAX_TRY(cells_.change(cell_changes_));
  for (const KeyChange& change : changes_) {
    note_open(change);
  }
  if (!changes_.empty()) {
    states_->apply(changes_);
  }
  if (lives_) {
    lives_->apply();
  }
  keep_sample();
  return EventFate::kCounted;
}

Result<void> KeyedView::find_states(std::span<const Window> windows) {
  HAPAX_TRY(states_->find(key_, event_, windows, changes_));
  returning_.clear();
  if (lives_) {
    HAPAX_TRY(lives_->find(key_, event_));
    HAPAX_TRY(find_returning());
  }
  return {};
}

/// Where a life begins no more, the key returns: the states there are not new any more.
Result<void> KeyedView::find_returning() {
  for (const KeyState& beginning : lives_->lost_beginnings()) {
    HAPAX_TRY(find_returning(beginning));
  }
  return {};
}

Result<void> KeyedView::find_returning(const KeyState& beginning) {
  const std::span<const Window> of_time = plan_.windows_of(beginning.first);
  for (const Window& window : std::vector<Window>(of_time.begin(), of_time.end())) {
    if (cells_.is_dropped(window)) {
      continue;
    }
    HAPAX_ASSIGN(const KeyState* const state, states_->peek(key_, window, beginning.first));
    if (state != nullptr && state->begins_as(beginning) && !is_changing(window, beginning)) {
      returning_.push_back({.window = window, .before = {state}, .after = *state});
    }
  }
  return {};
}

/// Is the state one that the event at hand changes itself?
bool KeyedView::is_changing(const Window& window, const KeyState& beginning) const {
  return std::ranges::any_of(changes_, [&](const KeyChange& change) {
    return gap_ ? std::ranges::any_of(change.before,
                                      [&](const KeyState* before) {
                                        return before != nullptr && before->begins_as(beginning);
                                      })
                : change.window == window;
  });
}

void KeyedView::make_cell_changes(EventTime watermark) {
  const EventTime final_until = open_ ? open_->final_until(watermark) : watermark;
  const std::size_t states =
      kStatesPerChange * (changes_.size() + returning_.size()) + leaving_.size();
  cell_changes_.clear();
  cell_samples_.clear();
  cell_samples_.reserve(states);  // They stay where they are.
  groups_.clear();
  groups_.reserve(states);  // As do these.
  for (const KeyChange& change : changes_) {
    replace(change, final_until);
  }
  for (const KeyChange& change : returning_) {
    replace(change, final_until);
  }
  for (const KeyChange& change : leaving_) {
    add_change(change, *change.before[0], true, final_until);
  }
  if (!returning_.empty() || !leaving_.empty()) {
    late_once(0);
  }
}

void KeyedView::read_event(const EventInputs& inputs) {
  const KeyedEvent& event = inputs.event();
  event_.events = 1;
  event_.first = event_.last = event.event.event_time;
  event_.first_id = event.seen.id;
  event_.group.clear();
  plan_.append_group(inputs, event_.group);
  if (plan_.has_exit()) {
    KeyExit exit{.id = event.seen.id};
    plan_.append_exit(inputs, exit.group);
    event_.exit = std::make_shared<const KeyExit>(std::move(exit));
  }
}

/// Those which had not expired when the event was received; of sessions one, if it had not.
std::span<const Window> KeyedView::living_windows(const EventView& event) {
  const std::span<const Window> windows = plan_.windows_of(event.event_time);
  if (gap_) {
    const EventTime end = saturating_add(event.event_time, *gap_);
    return plan_.is_over(end, event.received_at) ? windows.first(0) : windows;
  }
  // Those that end first expire first.
  const auto living = std::ranges::find_if(
      windows, [&](const Window& window) { return !plan_.is_expired(window, event.received_at); });
  return windows.last(static_cast<std::size_t>(windows.end() - living));
}

void KeyedView::replace(const KeyChange& change, EventTime final_until) {
  if (is_same_to_cells(change)) {
    return;
  }
  const std::size_t begin = cell_changes_.size();
  add_change(change, change.after, false, final_until);
  for (const KeyState* const before : change.before) {
    if (before != nullptr) {
      add_change(change, *before, true, final_until);
    }
  }
  late_once(begin);
}

/// An event is late in a cell once.
void KeyedView::late_once(std::size_t begin) {
  for (std::size_t i = begin; i < cell_changes_.size(); ++i) {
    for (std::size_t j = i + 1; j < cell_changes_.size(); ++j) {
      if (cell_changes_[i].window == cell_changes_[j].window &&
          cell_changes_[i].group == cell_changes_[j].group) {
        cell_changes_[i].is_late |= std::exchange(cell_changes_[j].is_late, false);
      }
    }
  }
}

/// Windows that are dropped have no cells any more.
void KeyedView::add_change(const KeyChange& change, const KeyState& state, bool leaves,
                           EventTime final_until) {
  const Window window = window_of(change, state);
  if (cells_.is_dropped(window)) {
    return;
  }
  cell_changes_.push_back({.window = window,
                           .group = group_of(state),
                           .samples = cell_samples_.emplace_back(samples_of(state, leaves)),
                           .leaves = leaves,
                           .is_late = is_closed(window.end, final_until)});
}

std::string_view KeyedView::group_of(const KeyState& state) {
  return state.exit ? groups_.emplace_back(state.group).append(state.exit->group) : state.group;
}

/// What leaves is as it was before the event.
KeyState::Samples KeyedView::samples_of(const KeyState& state, bool leaves) const {
  return state.samples(lives_ && (leaves ? lives_->began_with(state) : lives_->begins_with(state)));
}

bool KeyedView::is_same_to_cells(const KeyChange& change) {
  const KeyState* const before = change.before[0];
  if (before == nullptr || change.before[1] != nullptr || !before->is_in_group_of(change.after) ||
      window_of(change, *before) != window_of(change, change.after)) {
    return false;
  }
  const KeyState::Samples old = samples_of(*before, true);
  const KeyState::Samples now = samples_of(change.after, false);
  return std::ranges::all_of(
      measured_, [&](std::uint16_t input) { return old[input].value == now[input].value; });
}

Window KeyedView::window_of(const KeyChange& change, const KeyState& state) {
  return gap_ ? plan_.windows_of(state.first).front() : change.window;
}

void KeyedView::drop_expired(ProcessingTime until) {
  const Microseconds gap = gap_.value_or(Microseconds::zero());
  const std::optional<Window> first = plan_.first_living(saturating_add(until, -gap));
  if (!first) {
    return;  // Nothing expires.
  }
  drop_before(*first);
  if (sessions_ != nullptr) {
    sessions_->sweep([&](const KeyState& session) {
      const EventTime end = saturating_add(saturating_add(session.last, *gap_), *gap_);
      return plan_.is_over(end, until) &&
             cells_.is_dropped(plan_.windows_of(session.first).front());
    });
  }
  if (lives_) {
    lives_->sweep([&](EventTime end) { return plan_.is_over(end, until); });
  }
}

void KeyedView::note_open(const KeyChange& change) {
  const Window window = window_of(change, change.after);
  if (open_ && !cells_.is_dropped(window)) {
    open_->note(window, change.after.last);
  }
}

std::optional<EventTime> KeyedView::settle(EventTime watermark) {
  return open_ ? std::optional(open_->settle(watermark)) : std::nullopt;
}

/// An event joins a session that is the gap away, and a key is not new a silence after its last
/// one.
Microseconds KeyedView::reach() const {
  const Microseconds gap = gap_.value_or(Microseconds::zero());
  return lives_ ? std::max(gap, lives_->silence().value_or(SessionKeys::kEndless)) : gap;
}

void KeyedView::encode(ByteWriter& out) const {
  RunningView::encode(out);
  if (open_) {
    open_->encode(out);
  }
}

bool KeyedView::restore(ByteReader& in) {
  return RunningView::restore(in) && (!open_ || open_->decode(in));
}

void KeyedView::drop_before(const Window& first) {
  if (cells_.first_living() && first <= *cells_.first_living()) {
    return;
  }
  cells_.drop_before(first);
  if (open_) {
    open_->drop_before(first.start);
  }
  if (windows_) {
    windows_->drop_before(first);
  }
  if (samples_) {
    samples_->drop_before(first);
  }
}

FrozenRunningView KeyedView::freeze() {
  FrozenRunningView frozen = RunningView::freeze();
  frozen.others.push_back(states_->freeze());
  if (lives_) {
    frozen.others.push_back(lives_->states().freeze());
  }
  if (samples_) {
    frozen.others.push_back(samples_->freeze());
  }
  return frozen;
}

void KeyedView::commit() {
  RunningView::commit();
  states_->commit();
  if (lives_) {
    lives_->states().commit();
  }
  if (samples_) {
    samples_->commit();
  }
}

/// A state is cheaper to read again than a cell.
std::size_t KeyedView::evict(const Eviction& what) {
  Eviction left = what;
  left.count_max -= states_->evict(left);
  left.count_max -= lives_ ? lives_->states().evict(left) : 0;
  left.count_max -= RunningView::evict(left);
  return what.count_max - left.count_max;
}

std::optional<std::uint32_t> KeyedView::oldest() const {
  return std::max({RunningView::oldest(), states_->oldest(),
                   lives_ ? lives_->states().oldest() : std::nullopt});
}

void KeyedView::forget_over(EventTime over) {
  RunningView::forget_over(over);
  if (samples_) {
    samples_->forget_over(over);
  }
}

bool KeyedView::dirty() const {
  return RunningView::dirty() || states_->dirty() || (lives_ && lives_->states().dirty()) ||
         (samples_ && samples_->dirty());
}

std::size_t KeyedView::memory_bytes() const {
  return RunningView::memory_bytes() + states_->memory_bytes() +
         (lives_ ? lives_->states().memory_bytes() : 0) + (samples_ ? samples_->memory_bytes() : 0);
}

std::vector<std::string> KeyedView::tables() const {
  std::vector<std::string> tables = {cells_.table(), key_table_};
  if (lives_) {
    tables.push_back(lives_->table());
  }
  if (samples_) {
    tables.push_back(samples_->table());
  }
  return tables;
}

}  // namespace hapax
