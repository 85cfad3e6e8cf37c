// SPDX-License-Identifier: Apache-2.0
#include "view_store.hpp"

#include <utility>

#include "adapters/postgres/postgres_view_reader.hpp"
#include "component_settings.hpp"

namespace hapax {

Result<std::unique_ptr<ViewStoreReader>> open_view_reader(const Settings& settings) {
  if (settings.postgres_url.empty()) {
    return Error{ErrorKind::kInvalid, "postgres.url does not say where partitions publish",
                 "for example postgres.url = \"postgresql://hapax@host/database\""};
  }
  HAPAX_ASSIGN(auto reader, PostgresViewReader::open(postgres_settings(settings)));
  return std::unique_ptr<ViewStoreReader>(std::move(reader));
}

}  // namespace hapax
