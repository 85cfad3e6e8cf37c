// SPDX-License-Identifier: Apache-2.0
#include "adapters/kafka/producer_instance.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <utility>

#include "adapters/kafka/conf.hpp"

namespace hapax::kafka {
namespace {

void report(rd_kafka_t* /*handle*/, const rd_kafka_message_t* message, void* /*settings*/) {
  static_cast<Delivery*>(message->_private)->reported(*message);
}

}  // namespace

Result<std::unique_ptr<ProducerInstance>> ProducerInstance::open(const KafkaSettings& settings,
                                                                 const std::string& topic,
                                                                 WakeUp& wake_up) {
  HAPAX_ASSIGN(Conf conf, make_producer_conf(settings, topic));
  rd_kafka_conf_set_dr_msg_cb(conf.get(), &report);
  HAPAX_ASSIGN(Handle handle, make_handle(RD_KAFKA_PRODUCER, std::move(conf), settings));
  TopicHandle topic_handle(rd_kafka_topic_new(handle.get(), topic.c_str(), nullptr));
  if (topic_handle == nullptr) {
    return Error{ErrorKind::kInvalid,
                 fmt::format("topic {}: {}", topic, rd_kafka_err2str(rd_kafka_last_error()))};
  }
  Queue reports(rd_kafka_queue_get_main(handle.get()));
  static constexpr std::uint64_t kOne = 1;  // What an event descriptor is woken with.
  rd_kafka_queue_io_event_enable(reports.get(), wake_up.fd(), &kOne, sizeof(kOne));
  return std::unique_ptr<ProducerInstance>(
      new ProducerInstance(std::move(handle), std::move(topic_handle), std::move(reports)));
}

ProducerInstance::ProducerInstance(Handle handle, TopicHandle topic, Queue reports)
    : handle_(std::move(handle)), topic_(std::move(topic)), reports_(std::move(reports)) {}

ProducerInstance::~ProducerInstance() {
  rd_kafka_queue_io_event_enable(reports_.get(), -1, nullptr, 0);
  rd_kafka_purge(handle_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
                                    RD_KAFKA_PURGE_F_NON_BLOCKING);
}

std::string ProducerInstance::explain(rd_kafka_resp_err_t code, const std::string& text) const {
  return voice_of(handle_).unavailable(code, text).message;
}

Result<void> ProducerInstance::outcome(const char* what, Failure failure) const {
  if (failure == nullptr) {
    return {};
  }
  const bool again = rd_kafka_error_is_retriable(failure.get()) != 0 &&
                     rd_kafka_error_is_fatal(failure.get()) == 0 &&
                     rd_kafka_error_txn_requires_abort(failure.get()) == 0;
  return Error{again ? ErrorKind::kTimedOut : ErrorKind::kUnavailable,
               explain(rd_kafka_error_code(failure.get()),
                       fmt::format("{}: {}", what, rd_kafka_error_string(failure.get())))};
}

Result<void> ProducerInstance::make_ready(std::chrono::milliseconds timeout) {
  HAPAX_TRY(outcome(
      "cannot become a producer",
      Failure(rd_kafka_init_transactions(handle_.get(), static_cast<int>(timeout.count())))));
  voice_of(handle_).forget();
  ready_ = true;
  return {};
}

Result<void> ProducerInstance::begin() {
  if (!began_) {
    HAPAX_TRY(
        outcome("cannot begin a transaction", Failure(rd_kafka_begin_transaction(handle_.get()))));
    began_ = std::chrono::steady_clock::now();
  }
  return {};
}

Result<ProducerInstance::Sent> ProducerInstance::send(PartitionId partition,
                                                      const TopicEntry& entry, Delivery& delivery) {
  HAPAX_TRY(begin());
  std::array<rd_kafka_vu_t, 5> parts{};
  std::size_t count = 0;
  parts[count].vtype = RD_KAFKA_VTYPE_RKT;
  parts[count++].u.rkt = topic_.get();
  parts[count].vtype = RD_KAFKA_VTYPE_PARTITION;
  parts[count++].u.i32 = static_cast<std::int32_t>(partition.value());
  parts[count].vtype = RD_KAFKA_VTYPE_VALUE;
  parts[count].u.mem.ptr = const_cast<char*>(entry.value.data());  // NOLINT: it is only read.
  parts[count++].u.mem.size = entry.value.size();
  parts[count].vtype = RD_KAFKA_VTYPE_OPAQUE;
  parts[count++].u.ptr = &delivery;
  if (!entry.header.empty()) {
    parts[count].vtype = RD_KAFKA_VTYPE_HEADER;
    parts[count++].u.header = {.name = kHeaderName,
                               .val = entry.header.data(),
                               .size = static_cast<ssize_t>(entry.header.size())};
  }
  const Failure failure(rd_kafka_produceva(handle_.get(), parts.data(), count));
  if (failure == nullptr) {
    return Sent::kYes;
  }
  if (rd_kafka_error_code(failure.get()) == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
    return Sent::kNoRoom;
  }
  return Error{ErrorKind::kUnavailable,
               fmt::format("cannot send: {}", rd_kafka_error_string(failure.get()))};
}

void ProducerInstance::poll() {
  rd_kafka_poll(handle_.get(), 0);
}

bool ProducerInstance::commit_is_due() const {
  return began_ && std::chrono::steady_clock::now() - *began_ >= kTransactionAge;
}

Result<void> ProducerInstance::commit(std::chrono::milliseconds timeout) {
  HAPAX_TRY(outcome("cannot commit", Failure(rd_kafka_commit_transaction(
                                         handle_.get(), static_cast<int>(timeout.count())))));
  voice_of(handle_).forget();
  began_.reset();
  return {};
}

}  // namespace hapax::kafka
