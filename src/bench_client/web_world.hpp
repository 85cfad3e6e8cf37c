// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <queue>
#include <random>
#include <vector>

#include "core/time.hpp"

namespace hapax::bench {

/// How a device sends. A function of its number, so that no state is kept of a device.
struct WebDevice {
  std::uint64_t number = 0;
  Microseconds clock_error{};  ///< What its clock shows, less the true time.
  bool tells_sent_at = true;   ///< Without it nothing corrects its clock, which then is right.
  Microseconds
      upload_every{};  ///< It keeps events until the next multiple of it; 0: sends at once.

  /// Of 1,000 devices 50 have clocks that are wrong by up to two days, 2 are up to ten years
  /// behind; 30 say nothing of the time of sending; 100 upload once in one to six hours, 20 once in
  /// one to two days.
  static WebDevice of(std::uint64_t number);
};

enum class WebAction : std::uint8_t { kPage, kProductAdded, kOrderCompleted, kSurveyAnswered };

/// What every event of one visit has in common.
struct WebVisit {
  std::uint64_t visitor = 0;  ///< From 0; the first ones come most often.
  WebDevice device;
  bool knows_user = false;     ///< The visitor is logged in: events have a user id.
  std::uint32_t campaign = 0;  ///< 0: none.
  std::uint32_t referrer = 0;  ///< Of the first page; 0: none.
};

struct WebEvent {
  std::uint64_t number = 0;  ///< In the run, from 0. A retry has that of its first try.
  WebVisit visit;
  WebAction action = WebAction::kPage;
  bool enters = false;     ///< The first page of the visit.
  std::uint32_t page = 0;  ///< Or product, or answer.
  EventTime at{};          ///< The true time.
  bool again = false;      ///< A retry.
};

/// Visitors of a web shop over two days, as what their devices send, in the order of sending.
/// Visitors and pages come with Zipf's frequencies (exponent 1). A visit has four pages on average,
/// half a minute apart; some pages lead to a product in the cart, an order, or an answer in a
/// survey. A third of the visitors is logged in and uses a second device for a fifth of the visits.
/// One event in fifty is sent again, a minute later on average. Devices are those of WebDevice. The
/// same seed makes the same world. Threading: one owner.
class WebWorld {
 public:
  static constexpr std::chrono::hours kSpan{48};
  /// What a visit sends is 5.1 on average, retries included, some of it much later; this is less,
  /// so that there are more visits, and the events are sent well within the span.
  static constexpr double kEventsPerVisit = 3.5;

  struct Settings {
    std::uint64_t seed = 1;
    std::uint64_t visitors = 100'000;
    std::uint64_t events = 1'000'000;  ///< How many are sent within kSpan, about.
    EventTime end{};                   ///< Of kSpan. No event is later.
  };

  explicit WebWorld(const Settings& settings);

  /// There is always one more.
  WebEvent next();

 private:
  /// Something that happens: a visitor looks at a page, or a device sends.
  struct Step {
    std::int64_t at = 0;
    std::uint64_t order = 0;  // Of two at one time.
    bool sends = false;
    WebEvent event;

    bool operator>(const Step& other) const {
      return at != other.at ? at > other.at : order > other.order;
    }
  };

  void begin_visit();
  void look(WebEvent event);
  void act(WebEvent event);
  void plan(EventTime at, bool sends, const WebEvent& event);
  void plan_sending(const WebEvent& event);

  std::uint64_t below(std::uint64_t count) { return engine_() % count; }
  bool one_in(std::uint64_t count) { return below(count) == 0; }
  Microseconds exponential(Microseconds mean);
  /// 0 to `count` - 1, k with a probability of about 1 / (k + 1).
  std::uint64_t zipf(std::uint64_t count);

  const Settings settings_;
  std::mt19937_64 engine_;
  Microseconds between_visits_;
  EventTime next_visit_;
  std::priority_queue<Step, std::vector<Step>, std::greater<>> steps_;
  std::uint64_t planned_ = 0;
  std::uint64_t events_ = 0;
};

}  // namespace hapax::bench
