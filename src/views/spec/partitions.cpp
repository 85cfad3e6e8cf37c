// SPDX-License-Identifier: Apache-2.0
#include "views/spec/partitions.hpp"

namespace hapax {

Result<void> counts_alike_in_partitions(const ViewSpec& spec) {
  if (!spec.per || spec.per->kind == FieldKind::kUser) {
    return {};
  }
  const std::string key = field_text(*spec.per);
  return Error{ErrorKind::kInvalid,
               "the view \"" + spec.name + "\" is per \"" + key +
                   "\", and a cluster counts each user's events in one partition: a key that has "
                   "events of several users would be counted in each of their partitions",
               "declare it with per = \"user\", or count it on one machine (hapax serve)"};
}

}  // namespace hapax
