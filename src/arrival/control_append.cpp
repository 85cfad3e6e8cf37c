// SPDX-License-Identifier: Apache-2.0
#include "arrival/control_append.hpp"

#include <future>
#include <memory>

#include "record/result_settings.hpp"

namespace hapax {

Result<void> append_control(std::string_view kind, std::string_view value, EventLog& log,
                            ArrivalClock& arrivals) {
  const auto arrival = arrivals.arrive();
  const auto settled = std::make_shared<std::promise<Result<void>>>();
  auto durable = settled->get_future();
  HAPAX_TRY(log.append_control(
      encode_control_record(kind, value, arrival.received_at(), arrival.clock_epoch()),
      [settled](const Result<Receipt>& receipt) {
        settled->set_value(receipt ? Result<void>() : Result<void>(receipt.error()));
      }));
  return durable.get();
}

}  // namespace hapax
