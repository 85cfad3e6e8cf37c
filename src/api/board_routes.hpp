// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "documents/document_store.hpp"
#include "http/http.hpp"
#include "read/answer_budget.hpp"
#include "read/task_pool.hpp"

namespace hapax {

/// The routes of boards (docs/http-api.md, "Boards"). A change is answered once it is durable, and
/// waits for the disk on a thread of its own. Threading: all calls may run at the same time.
/// Lifetime: the parts must outlive it.
class BoardRoutes {
 public:
  using Respond = HttpHandler::Respond;
  struct Parts {
    DocumentStore& boards;
    TaskPool& renderer;  ///< Where answers are made.
    AnswerBudget& answers;
  };

  explicit BoardRoutes(Parts parts) : parts_(parts) {}

  void list(const Respond& respond);
  void read(const std::string& id, const Respond& respond);
  void put(const std::string& id, const HttpRequest& request, const Respond& respond);
  void drop(const std::string& id, const HttpRequest& request, const Respond& respond);

  /// Answers the changes that are under way. Before the renderer ends.
  void stop() { changes_.stop(); }

 private:
  const Parts parts_;
  TaskPool changes_{1};
};

}  // namespace hapax
