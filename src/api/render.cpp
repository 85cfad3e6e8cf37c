// SPDX-License-Identifier: Apache-2.0
#include "api/render.hpp"

#include <exception>
#include <utility>

#include "http/error_response.hpp"

namespace hapax {

HttpResponse render(AnswerBudget& budget, std::size_t bytes,
                    const std::function<HttpResponse()>& make) {
  auto held = budget.take(bytes);
  if (!held) {
    return answers_overloaded();
  }
  HttpResponse response;
  try {
    response = make();
  } catch (const std::exception& exception) {
    response = error_response(503, "out_of_memory", exception.what());
  }
  response.held = std::move(held);  // The only one: it goes when the answer is sent.
  return response;
}

HttpResponse render_last(UnderWay& under_way, AnswerBudget& budget, std::size_t bytes,
                         const std::function<HttpResponse()>& make) {
  const UnderWay::End end(under_way);
  return render(budget, bytes, make);
}

}  // namespace hapax
