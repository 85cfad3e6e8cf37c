// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "adapters/kafka/handles.hpp"

namespace hapax {

/// Who may come in at a broker's second door and what they may do there; a test that cannot say so
/// ends at once. Brokers heed a word when its call returns.
class AccessAdmin {
 public:
  /// `brokers`: where everybody may do everything.
  explicit AccessAdmin(const std::string& brokers);

  /// With SCRAM-SHA-512. One that is there gets the password.
  void add_user(const std::string& user, const std::string& password);

  struct Right {
    std::string user;
    std::string kind;       ///< topic, group, transactional-id or cluster, as tools of Kafka say.
    std::string name;       ///< Ends in *: of all names that begin so.
    std::string operation;  ///< As in docs/kafka.md: Read, Write ...
  };
  void allow(const Right& right);
  void take_away(const Right& right);

 private:
  kafka::Options options(rd_kafka_admin_op_t what) const;
  kafka::Event answer(const std::string& what) const;
  bool is_allowed(const Right& right) const;

  kafka::Handle handle_;
  kafka::Queue queue_;
};

}  // namespace hapax
