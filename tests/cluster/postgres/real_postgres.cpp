// SPDX-License-Identifier: Apache-2.0
#include "real_postgres.hpp"

#include <signal.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

#include "adapters/posix/system_random.hpp"
#include "adapters/postgres/handles.hpp"

namespace hapax {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) {
    throw std::runtime_error(
        fmt::format("{} is not set: run this program by tests/cluster/postgres/server run", name));
  }
  return value;
}

}  // namespace

Random& real_random() {
  static SystemRandom random;
  return random;
}

RealPostgres::RealPostgres()
    : script_(environment("HAPAX_POSTGRES_SCRIPT")),
      folder_(environment("HAPAX_POSTGRES_FOLDER")),
      admin_(fmt::format("host={} user=hapax dbname=postgres", socket_folder())) {
  settings_.connection = admin_;
  settings_.schema = fmt::format("test_{:016x}", real_random().next());
  settings_.cluster = "tests";
}

RealPostgres::~RealPostgres() {
  sql("DROP SCHEMA IF EXISTS @ CASCADE");
}

std::unique_ptr<PostgresViewStore> RealPostgres::open_store() const {
  return std::move(PostgresViewStore::open(settings_, real_random())).value();
}

std::unique_ptr<PostgresViewReader> RealPostgres::open_reader() const {
  return std::move(PostgresViewReader::open(settings_)).value();
}

std::string RealPostgres::sql(const std::string& text) const {
  std::string with_schema;
  for (const char c : text) {
    with_schema += c == '@' ? settings_.schema : std::string(1, c);
  }
  const postgres::ConnectionHandle connection(PQconnectdb(admin_.c_str()));
  PQsetNoticeProcessor(
      connection.get(), [](void*, const char*) {}, nullptr);
  const postgres::ResultHandle answer(PQexec(connection.get(), with_schema.c_str()));
  if (PQresultStatus(answer.get()) != PGRES_COMMAND_OK &&
      PQresultStatus(answer.get()) != PGRES_TUPLES_OK) {
    std::fprintf(stderr, "%s: %s", with_schema.c_str(), PQerrorMessage(connection.get()));
    std::abort();
  }
  return PQntuples(answer.get()) > 0 ? PQgetvalue(answer.get(), 0, 0) : "";
}

void RealPostgres::kill() {
  const auto gone = processes();
  signal(SIGKILL);
  // They are children of nobody here, so they are gone when nobody knows their numbers any more.
  for (const pid_t process : gone) {
    for (int i = 0; i < 1'000 && ::kill(process, 0) == 0; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
}

void RealPostgres::start() {
  const std::string command = fmt::format("'{}' start '{}'", script_, folder_);
  if (std::system(command.c_str()) != 0) {
    throw std::runtime_error("failed: " + command);
  }
}

void RealPostgres::pause() {
  signal(SIGSTOP);
}
void RealPostgres::resume() {
  signal(SIGCONT);
}

/// The first one is the parent of the others.
std::vector<pid_t> RealPostgres::processes() const {
  std::vector<pid_t> found(1);
  std::ifstream(folder_ + "/pid") >> found.front();
  const std::unique_ptr<FILE, decltype(&pclose)> children(
      popen(fmt::format("ps -o pid= --ppid {}", found.front()).c_str(), "r"), &pclose);
  pid_t child = 0;
  while (std::fscanf(children.get(), "%d", &child) == 1) {
    found.push_back(child);
  }
  return found;
}

void RealPostgres::signal(int number) const {
  const auto all = processes();
  if (all.front() <= 1 || ::kill(all.front(), number) != 0) {
    throw std::runtime_error("cannot signal PostgreSQL");
  }
  for (std::size_t i = 1; i < all.size(); ++i) {
    ::kill(all[i], number);  // It may have ended.
  }
}

}  // namespace hapax
