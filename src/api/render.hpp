// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>

#include "api/under_way.hpp"
#include "http/http.hpp"
#include "read/answer_budget.hpp"

namespace hapax {

/// What `make` returns, when there is room in `budget` for `bytes` more until it is sent.
HttpResponse render(AnswerBudget& budget, std::size_t bytes,
                    const std::function<HttpResponse()>& make);

/// The same of a request that is under way, and is no more when this returns: before its client
/// hears of it.
HttpResponse render_last(UnderWay& under_way, AnswerBudget& budget, std::size_t bytes,
                         const std::function<HttpResponse()>& make);

}  // namespace hapax
