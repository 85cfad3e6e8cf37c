// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cluster/claim_judge.hpp"
#include "partition/counted_events.hpp"
#include "views/runtime/served_views.hpp"

namespace hapax {

struct CountedEvents::Counting {
  Counting(const CountedEventsSettings& settings, const IdHasher& ids, const CatalogSource& catalog,
           History& history, StateStore& store)
      : views(
            {.history = history, .store = store, .catalog = catalog, .served = served, .ids = ids},
            settings.hash_seed, settings.view),
        judge(1, settings.dedup, store) {}

  ServedViews served;
  DeclaredViews views;
  ClaimJudge judge;  // Of this partition alone.
};

}  // namespace hapax
