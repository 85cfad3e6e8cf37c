// SPDX-License-Identifier: Apache-2.0
#include "adapters/postgres/postgres_setup.hpp"

#include "adapters/postgres/session.hpp"
#include "adapters/postgres/texts.hpp"

namespace hapax {

Result<void> set_up_postgres(const PostgresSettings& settings) {
  HAPAX_TRY(check_postgres_settings(settings));
  const postgres::Texts texts(settings.schema);
  HAPAX_TRY(postgres::Session::open(settings, texts, postgres::Greeting::Who::kPublisher));
  return {};
}

}  // namespace hapax
