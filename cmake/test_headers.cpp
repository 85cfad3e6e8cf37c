// SPDX-License-Identifier: Apache-2.0
// Nothing: it is what the precompiled headers of tests are made with (targets.cmake).
