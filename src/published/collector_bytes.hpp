// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bytes/bytes.hpp"
#include "ports/collector_audit.hpp"

namespace hapax {

// The books of collectors as bytes: docs/formats/cluster.md.

void put(const CollectorFigures& figures, ByteWriter& out);
void take(ByteReader& in, CollectorFigures& figures);

/// Without the partition, which whoever reads them knows.
void put(const CollectorAudit& audit, ByteWriter& out);
void take(ByteReader& in, CollectorAudit& audit);

}  // namespace hapax
