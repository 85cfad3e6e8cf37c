// SPDX-License-Identifier: Apache-2.0
#include "view_store.hpp"

namespace hapax {

Result<std::unique_ptr<ViewStoreReader>> open_view_reader(const Settings& settings) {
  if (settings.postgres_url.empty()) {
    return Error{ErrorKind::kInvalid, "postgres.url does not say where partitions publish",
                 "for example postgres.url = \"postgresql://hapax@host/database\""};
  }
  return Error{ErrorKind::kUnavailable, "this build has no adapter of PostgreSQL"};
}

}  // namespace hapax
