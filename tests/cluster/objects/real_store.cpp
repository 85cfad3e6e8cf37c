// SPDX-License-Identifier: Apache-2.0
#include "real_store.hpp"

#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

namespace hapax {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) {
    throw std::runtime_error(fmt::format(
        "{} is not set: run this program by tests/cluster/objects/store STORE run", name));
  }
  return value;
}

}  // namespace

const Clock& real_clock() {
  static const SystemClock clock;
  return clock;
}

Random& real_random() {
  static SystemRandom random;
  return random;
}

RealStore::RealStore()
    : name_(environment("HAPAX_STORE")),
      script_(environment("HAPAX_STORE_SCRIPT")),
      folder_(environment("HAPAX_STORE_FOLDER")),
      port_(environment("HAPAX_STORE_PORT")) {
  settings_.endpoint = environment("HAPAX_STORE_ENDPOINT");
  if (settings_.endpoint.starts_with("https:")) {
    settings_.ca_file = folder_ + "/cert.pem";
  }
  settings_.region = environment("HAPAX_STORE_REGION");
  settings_.bucket = environment("HAPAX_STORE_BUCKET");
  settings_.prefix = fmt::format("test/{:016x}/", real_random().next());
  settings_.credentials = {.access_key = environment("HAPAX_STORE_KEY"),
                           .secret_key = environment("HAPAX_STORE_SECRET"),
                           .session_token = {}};
}

std::unique_ptr<S3Objects> RealStore::open() const {
  auto objects = S3Objects::open(settings_, real_clock(), real_random());
  if (!objects) {
    throw std::runtime_error(objects.error().text());
  }
  return std::move(*objects);
}

void RealStore::kill() {
  const pid_t process = pid();
  signal(SIGKILL);
  // It is a child of nobody here, so it is gone when nobody knows its number any more.
  for (int i = 0; i < 1'000 && ::kill(process, 0) == 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

void RealStore::start() {
  const std::string command = fmt::format("'{}' {} start '{}' {}", script_, name_, folder_, port_);
  if (std::system(command.c_str()) != 0) {
    throw std::runtime_error("failed: " + command);
  }
}

void RealStore::pause() {
  signal(SIGSTOP);
}
void RealStore::resume() {
  signal(SIGCONT);
}

pid_t RealStore::pid() const {
  pid_t process = 0;
  std::ifstream(folder_ + "/pid") >> process;
  return process;
}

void RealStore::signal(int number) const {
  const pid_t process = pid();
  if (process <= 0 || ::kill(process, number) != 0) {
    throw std::runtime_error(fmt::format("cannot signal the store {} ({})", name_, process));
  }
}

}  // namespace hapax
