// SPDX-License-Identifier: Apache-2.0
#include "cluster/claims_state.hpp"

#include <utility>

#include <fmt/format.h>

#include "bytes/bytes.hpp"

namespace hapax {

std::string claims_state_name(PartitionId partition) {
  return fmt::format("claims-{}", partition.value());
}

std::vector<StateTopic> claims_state_topics(Topic& events, Topic& claims, Topic& verdicts) {
  return {{.what = "events", .topic = &events},
          {.what = "claims", .topic = &claims},
          {.what = "verdicts", .topic = &verdicts}};
}

std::string encode_claims_payload(Offset position, const std::string& image) {
  std::string payload;
  ByteWriter out(payload);
  out.put_u64(position.value());
  out.put_string(image);
  return payload;
}

Result<void> ClaimsRestoration::begin(const Manifest& manifest, FetchedFiles fetched) {
  std::string image;
  if (!manifest.payload.empty()) {
    ByteReader in(manifest.payload);
    position_ = Offset(in.u64());
    image = in.string();
    if (!in.ok()) {
      return Error{ErrorKind::kCorrupt, "a manifest of claims ends early"};
    }
  }
  restoration_.begin(judged_.state(), std::move(image), std::move(fetched));
  return {};
}

Result<bool> ClaimsRestoration::end(bool speaks) {
  if (!restoration_.outcome()) {
    return false;
  }
  HAPAX_TRY(Result<void>(*restoration_.outcome()));
  judged_.begin(position_, speaks);
  return true;
}

}  // namespace hapax
