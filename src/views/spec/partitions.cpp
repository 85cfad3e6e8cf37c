// SPDX-License-Identifier: Apache-2.0
#include "views/spec/partitions.hpp"

namespace hapax {

Result<void> counts_alike_in_partitions(const ViewSpec& spec) {
  if (!spec.per || spec.per->kind == FieldKind::kAnonymousId) {
    return {};
  }
  const std::string key = field_text(*spec.per);
  return Error{ErrorKind::kInvalid,
               "the view \"" + spec.name + "\" is per \"" + key +
                   "\", and a cluster counts each device's events in one partition: a key that has "
                   "events of several devices would be counted in each of their partitions",
               "declare it with per = \"anonymous_id\", or count it on one machine (hapax serve)"};
}

}  // namespace hapax
