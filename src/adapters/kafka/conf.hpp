// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <utility>

#include "adapters/kafka/handles.hpp"
#include "adapters/kafka/settings.hpp"
#include "core/result.hpp"

namespace hapax::kafka {

/// What all clients have in common.
/// Errors: kInvalid, a property is not known, not ours to give, or has a wrong value.
Result<Conf> make_conf(const KafkaSettings& settings);
/// Errors: kInvalid, as above.
Result<void> set(rd_kafka_conf_t* conf, const char* name, const std::string& value);
/// A client with a voice, which `settings` must outlive.
/// Errors: kUnavailable, there is no memory or no thread for it; kInvalid, settings do not fit.
Result<Handle> make_handle(rd_kafka_type_t type, Conf conf, const KafkaSettings& settings);

Result<Conf> make_producer_conf(const KafkaSettings& settings, const std::string& topic);
Result<Conf> make_reader_conf(const KafkaSettings& settings);

}  // namespace hapax::kafka
