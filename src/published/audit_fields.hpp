// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "ports/audit_report.hpp"

namespace hapax {

// What is in the books of a partition, in the order of the format (docs/formats/cluster.md): new
// fields come last, and with a new version.

struct SourceFigure {
  std::uint64_t SourceAudit::*field;
  bool is_time = false;  ///< Of several the greatest counts, else their sum.
};
inline constexpr std::array kSourceFigures{SourceFigure{&SourceAudit::received},
                                           SourceFigure{&SourceAudit::accepted},
                                           SourceFigure{&SourceAudit::rejected},
                                           SourceFigure{&SourceAudit::unique},
                                           SourceFigure{&SourceAudit::duplicate},
                                           SourceFigure{&SourceAudit::conflict},
                                           SourceFigure{&SourceAudit::restamped},
                                           SourceFigure{&SourceAudit::on_time},
                                           SourceFigure{&SourceAudit::late},
                                           SourceFigure{&SourceAudit::counted},
                                           SourceFigure{&SourceAudit::clock_ahead},
                                           SourceFigure{&SourceAudit::before_epoch},
                                           SourceFigure{&SourceAudit::newest_event, true},
                                           SourceFigure{&SourceAudit::newest_received, true},
                                           SourceFigure{&SourceAudit::clock_behind},
                                           SourceFigure{&SourceAudit::clock_corrected},
                                           SourceFigure{&SourceAudit::seconds},
                                           SourceFigure{&SourceAudit::time_unreadable},
                                           SourceFigure{&SourceAudit::non_number}};
inline constexpr std::array kSourceDigests{
    &SourceAudit::received_digest, &SourceAudit::accepted_digest,  &SourceAudit::rejected_digest,
    &SourceAudit::unique_digest,   &SourceAudit::duplicate_digest, &SourceAudit::counted_digest};
inline constexpr std::array kViewTallies{
    &ViewAudit::unique,  &ViewAudit::earlier, &ViewAudit::filtered,   &ViewAudit::matching,
    &ViewAudit::counted, &ViewAudit::expired, &ViewAudit::without_key};
inline constexpr std::array kGapFigures{&SourceGaps::devices, &SourceGaps::missing,
                                        &SourceGaps::open_tail, &SourceGaps::unbelieved_devices,
                                        &SourceGaps::unnumbered_devices};

}  // namespace hapax
