// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "access/caller.hpp"
#include "api/view_accounts.hpp"
#include "http/http.hpp"
#include "read/answer_budget.hpp"
#include "read/row_store.hpp"
#include "read/task_pool.hpp"
#include "views/keeper/view_keeper.hpp"
#include "views/runtime/served_views.hpp"
#include "views/view_source.hpp"

namespace hapax {

/// The routes of declared views: how they stand, and changes of them (docs/http-api.md). A change
/// is answered once it is durable; that the log so far is counted into it goes on after that.
/// Changes wait for the disk on a thread of their own. Threading: all calls may run at the same
/// time. Lifetime: the parts must outlive it.
class ViewRoutes {
 public:
  using Respond = HttpHandler::Respond;
  struct Parts {
    const CatalogSource& catalog;
    ViewKeeper* keeper;  ///< Of that catalog; null: others change it.
    ViewSource& source;
    const ServedViews& served;
    RowStore& store;
    TaskPool& renderer;  ///< Where answers are made.
    AnswerBudget& answers;
    using Answer = std::function<void(const HttpRequest&, const ReadScope&,
                                      std::shared_ptr<const ServedView>, const Respond&)>;
    Answer rows;  ///< Answers a query for the rows of a view, as a key of that scope may read them,
    Answer live;  ///< with a live stream of them.
  };

  explicit ViewRoutes(Parts parts) : parts_(std::move(parts)) {}

  /// Calls `answer`, before it returns, with the view that is served under that name to a key of
  /// `scope`, else `respond` with why not.
  void with_served(const std::string& name, const ReadScope& scope, const Respond& respond,
                   const std::function<void(std::shared_ptr<const ServedView>)>& answer);

  void list(const Respond& respond);
  /// As a key of `scope` may; so does follow().
  void read(const std::string& name, const HttpRequest& request, const ReadScope& scope,
            const Respond& respond);
  void follow(const std::string& name, const HttpRequest& request, const ReadScope& scope,
              const Respond& respond);
  void explain(const std::string& name, const Respond& respond);
  /// What a key of `scope` may read of them.
  void accounts(const std::string& name, const HttpRequest& request, const ReadScope& scope,
                const Respond& respond);
  void add(const HttpRequest& request, const Respond& respond);
  void change(const std::string& name, const HttpRequest& request, const Respond& respond);
  void rebuild(const std::string& name, const HttpRequest& request, const Respond& respond);
  void drop(const std::string& name, const Respond& respond);

  /// Answers the changes that are under way. Before the renderer and the log end.
  void stop() { changes_.stop(); }

 private:
  struct Wanted {
    std::string name;
    ViewKeeper::Change change;
    ViewKeeper::History history;
  };

  void explain(const std::string& name, std::shared_ptr<const ViewCatalog> catalog,
               std::optional<RowExtent> extent, const Respond& respond);
  void answer_accounts(std::shared_ptr<const ServedView> view, AccountsQuery query,
                       const ReadScope& scope, const Respond& respond);
  void with_reports(const Respond& respond,
                    std::function<std::string(const std::vector<ViewReport>&)> render);
  bool may_change(const Respond& respond) const;
  void make(Wanted wanted, const Respond& respond);
  HttpResponse made(const std::string& name, const ViewKeeper::Changed& changed) const;
  HttpResponse unknown(const std::string& name) const;

  const Parts parts_;
  TaskPool changes_{1};
};

}  // namespace hapax
