// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace hapax {

/// "0.1.0 (0123456789ab)": the release, and the commit it was built from, with a plus when files
/// were changed since. Without git the release alone.
extern const char* const kVersion;

}  // namespace hapax
