#include "server.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <optional>
#include <utility>

#include "adapters/posix/posix_storage.hpp"
#include "adapters/posix/system_clock.hpp"
#include "adapters/posix/system_random.hpp"
#include "adapters/rocksdb/rocksdb_checkpoint_store.hpp"
#include "component_settings.hpp"
#include "metrics_page.hpp"
#include "views/processor.hpp"

namespace hapax {

class Server::Impl {
 public:
  Result<void> start(const Settings& settings) {
    HAPAX_ASSIGN(listen_, parse_listen(settings.listen));
    HAPAX_TRY(storage_.create_directories(settings.data_dir));
    HAPAX_ASSIGN(log_, LocalLog::open(log_settings(settings), storage_, clock_, random_));
    HAPAX_ASSIGN(checkpoints_, RocksdbCheckpointStore::open(settings.data_dir + "/state", {}));
    auto processing = processor_settings(settings);
    processing.dedup.hash_seed = random_.next();
    HAPAX_ASSIGN(processor_, Processor::open(processing, *log_, *checkpoints_, clock_));
    collector_.emplace(collector_settings(settings), *log_, clock_, random_);
    api_.emplace(api_settings(settings), Api::Parts{.collector = *collector_,
                                                    .views = *processor_,
                                                    .log = *log_,
                                                    .clock = clock_,
                                                    .metrics = [this] { return metrics(); }});
    HAPAX_ASSIGN(http_, HttpServer::start(http_settings(settings, listen_), *api_));
    return {};
  }

  std::string url() const {
    const bool is_v6 = listen_.address.find(':') != std::string::npos;
    return fmt::format("http://{}:{}", is_v6 ? "[" + listen_.address + "]" : listen_.address,
                       http_->port());
  }

  /// From the outside in: no part is stopped while another may still call it.
  void stop() {
    if (http_) {
      http_->stop();
    }
    if (processor_) {
      processor_->stop();
    }
    if (log_) {
      log_->close();
    }
  }

 private:
  std::string metrics() const {
    return metrics_page({.http = http_ ? http_->stats() : HttpServerStats{},
                         .collector = collector_->stats(),
                         .log = log_->stats(),
                         .log_writable = log_->status().writable,
                         .processor = processor_->stats(),
                         .checkpoints = checkpoints_->stats()});
  }

  // In the order of their making: each may use those above it.
  ListenAddress listen_;
  PosixStorage storage_;
  SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<LocalLog> log_;
  std::unique_ptr<RocksdbCheckpointStore> checkpoints_;
  std::unique_ptr<Processor> processor_;
  std::optional<Collector> collector_;
  std::optional<Api> api_;
  std::unique_ptr<HttpServer> http_;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() {
  stop();
}

Result<std::unique_ptr<Server>> Server::start(const Settings& settings) {
  // Owned by a Server from the start, so that a failure half way stops what runs already.
  std::unique_ptr<Server> server(new Server(std::make_unique<Impl>()));
  HAPAX_TRY(server->impl_->start(settings));
  return server;
}

std::string Server::url() const {
  return impl_->url();
}

void Server::stop() {
  impl_->stop();
}

}  // namespace hapax
