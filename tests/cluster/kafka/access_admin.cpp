// SPDX-License-Identifier: Apache-2.0
#include "access_admin.hpp"

#include <librdkafka/rdkafka.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>

namespace hapax {
namespace {

constexpr int kPatienceMs = 30'000;
constexpr int kIterations = 4096;

using Right = AccessAdmin::Right;
using Binding = std::unique_ptr<rd_kafka_AclBinding_t, kafka::Destroy<rd_kafka_AclBinding_destroy>>;
using Upsertion = std::unique_ptr<rd_kafka_UserScramCredentialAlteration_t,
                                  kafka::Destroy<rd_kafka_UserScramCredentialAlteration_destroy>>;

void must(bool good, const std::string& what) {
  if (!good) {
    std::fprintf(stderr, "%s\n", what.c_str());
    std::abort();
  }
}

template <typename Value>
Value one_of(const std::map<std::string, Value>& known, const std::string& word) {
  const auto found = known.find(word);
  must(found != known.end(), "what is " + word + "?");
  return found->second;
}

rd_kafka_ResourceType_t kind_of(const Right& right) {
  return one_of<rd_kafka_ResourceType_t>({{"topic", RD_KAFKA_RESOURCE_TOPIC},
                                          {"group", RD_KAFKA_RESOURCE_GROUP},
                                          {"transactional-id", RD_KAFKA_RESOURCE_TRANSACTIONAL_ID},
                                          {"cluster", RD_KAFKA_RESOURCE_BROKER}},
                                         right.kind);
}

rd_kafka_AclOperation_t operation_of(const Right& right) {
  return one_of<rd_kafka_AclOperation_t>(
      {{"Read", RD_KAFKA_ACL_OPERATION_READ},
       {"Write", RD_KAFKA_ACL_OPERATION_WRITE},
       {"Create", RD_KAFKA_ACL_OPERATION_CREATE},
       {"Delete", RD_KAFKA_ACL_OPERATION_DELETE},
       {"Describe", RD_KAFKA_ACL_OPERATION_DESCRIBE},
       {"DescribeConfigs", RD_KAFKA_ACL_OPERATION_DESCRIBE_CONFIGS}},
      right.operation);
}

/// A binding, or what finds it: `make` is one of two functions with the same parameters.
template <typename Make>
Binding binding_of(const Right& right, Make make) {
  const bool is_prefix = right.name.ends_with('*');
  const std::string name = right.name.substr(0, right.name.size() - (is_prefix ? 1 : 0));
  const std::string principal = "User:" + right.user;
  std::array<char, 256> why{};
  Binding made(
      make(kind_of(right), name.c_str(),
           is_prefix ? RD_KAFKA_RESOURCE_PATTERN_PREFIXED : RD_KAFKA_RESOURCE_PATTERN_LITERAL,
           principal.c_str(), "*", operation_of(right), RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW,
           why.data(), why.size()));
  must(made != nullptr, why.data());
  return made;
}

}  // namespace

AccessAdmin::AccessAdmin(const std::string& brokers) {
  kafka::Conf conf(rd_kafka_conf_new());
  std::array<char, 256> why{};
  rd_kafka_conf_set(conf.get(), "bootstrap.servers", brokers.c_str(), why.data(), why.size());
  handle_ = kafka::Handle(rd_kafka_new(RD_KAFKA_PRODUCER, conf.release(), why.data(), why.size()));
  must(handle_ != nullptr, why.data());
  queue_.reset(rd_kafka_queue_new(handle_.get()));
}

kafka::Options AccessAdmin::options(rd_kafka_admin_op_t what) const {
  kafka::Options made(rd_kafka_AdminOptions_new(handle_.get(), what));
  std::array<char, 256> why{};
  rd_kafka_AdminOptions_set_request_timeout(made.get(), kPatienceMs, why.data(), why.size());
  return made;
}

kafka::Event AccessAdmin::answer(const std::string& what) const {
  kafka::Event event(rd_kafka_queue_poll(queue_.get(), kPatienceMs));
  must(event != nullptr, what + ": no answer");
  must(rd_kafka_event_error(event.get()) == RD_KAFKA_RESP_ERR_NO_ERROR,
       what + ": " + rd_kafka_event_error_string(event.get()));
  return event;
}

void AccessAdmin::add_user(const std::string& user, const std::string& password) {
  const Upsertion upsertion(rd_kafka_UserScramCredentialUpsertion_new(
      user.c_str(), RD_KAFKA_SCRAM_MECHANISM_SHA_512, kIterations,
      reinterpret_cast<const unsigned char*>(password.data()),  // NOLINT
      password.size(), nullptr, 0));
  rd_kafka_UserScramCredentialAlteration_t* alteration = upsertion.get();
  rd_kafka_AlterUserScramCredentials(handle_.get(), &alteration, 1,
                                     options(RD_KAFKA_ADMIN_OP_ALTERUSERSCRAMCREDENTIALS).get(),
                                     queue_.get());
  const kafka::Event event = answer("user " + user);
  std::size_t count = 0;
  const auto* responses = rd_kafka_AlterUserScramCredentials_result_responses(
      rd_kafka_event_AlterUserScramCredentials_result(event.get()), &count);
  must(count == 1 && rd_kafka_error_code(rd_kafka_AlterUserScramCredentials_result_response_error(
                         responses[0])) == RD_KAFKA_RESP_ERR_NO_ERROR,
       "user " + user + " is refused");
}

void AccessAdmin::allow(const Right& right) {
  const Binding binding = binding_of(right, rd_kafka_AclBinding_new);
  rd_kafka_AclBinding_t* bindings = binding.get();
  rd_kafka_CreateAcls(handle_.get(), &bindings, 1, options(RD_KAFKA_ADMIN_OP_CREATEACLS).get(),
                      queue_.get());
  const kafka::Event event = answer("a right");
  std::size_t count = 0;
  const auto* results =
      rd_kafka_CreateAcls_result_acls(rd_kafka_event_CreateAcls_result(event.get()), &count);
  must(count == 1 && rd_kafka_acl_result_error(results[0]) == nullptr, "a right is refused");
  while (!is_allowed(right)) {
  }
}

void AccessAdmin::take_away(const Right& right) {
  const Binding binding = binding_of(right, rd_kafka_AclBindingFilter_new);
  rd_kafka_AclBindingFilter_t* bindings = binding.get();
  rd_kafka_DeleteAcls(handle_.get(), &bindings, 1, options(RD_KAFKA_ADMIN_OP_DELETEACLS).get(),
                      queue_.get());
  answer("taking a right away");
  while (is_allowed(right)) {
  }
}

bool AccessAdmin::is_allowed(const Right& right) const {
  const Binding filter = binding_of(right, rd_kafka_AclBindingFilter_new);
  rd_kafka_DescribeAcls(handle_.get(), filter.get(), options(RD_KAFKA_ADMIN_OP_DESCRIBEACLS).get(),
                        queue_.get());
  const kafka::Event event = answer("asking for a right");
  std::size_t count = 0;
  rd_kafka_DescribeAcls_result_acls(rd_kafka_event_DescribeAcls_result(event.get()), &count);
  return count > 0;
}

}  // namespace hapax
