// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "access/caller.hpp"
#include "api/under_way.hpp"
#include "http/http.hpp"
#include "numbers/gap_source.hpp"
#include "read/answer_budget.hpp"
#include "read/task_pool.hpp"

namespace hapax {

/// What GET /api/gaps and GET /api/gaps/devices ask for. Errors: kInvalid.
Result<GapQuery> parse_gap_query(std::string_view query);
Result<GapDevicesQuery> parse_gap_devices_query(std::string_view query);

/// The answers.
std::string gaps_json(const GapReport& report);
std::string gap_devices_json(const GapDevicesPage& page, const GapDevicesQuery& query);

/// The routes of losses on the way (docs/http-api.md). Threading: all calls may run at the same
/// time. Lifetime: the parts must outlive it.
class GapRoutes {
 public:
  using Respond = HttpHandler::Respond;
  struct Parts {
    GapSource& source;
    TaskPool& renderer;  ///< Where answers are made.
    AnswerBudget& answers;
  };

  /// Under way, of both routes: each takes time of the thread that counts.
  static constexpr std::size_t kQueriesLimit = 32;

  explicit GapRoutes(const Parts& parts) : parts_(parts) {}

  /// What a key of `scope` may read of them.
  void gaps(const HttpRequest& request, const ReadScope& scope, const Respond& respond);
  /// Of any source: for who may see single events.
  void devices(const HttpRequest& request, const Respond& respond);

 private:
  bool enter(const Respond& respond);

  const Parts parts_;
  UnderWay under_way_{kQueriesLimit};
};

}  // namespace hapax
