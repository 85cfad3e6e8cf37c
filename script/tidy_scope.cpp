// SPDX-License-Identifier: Apache-2.0
// A plugin of clang-tidy: checks walk through what is declared in our files, and not through all
// that the headers of the system and of libraries declare. What they find there nobody is shown
// anyway.
#include <clang/AST/ASTConsumer.h>
#include <clang/AST/ASTContext.h>
#include <clang/Frontend/FrontendPluginRegistry.h>

#include <memory>
#include <string>
#include <vector>

namespace {

class OursAlone : public clang::ASTConsumer {
 public:
  void HandleTranslationUnit(clang::ASTContext& context) override {
    const clang::SourceManager& sources = context.getSourceManager();
    std::vector<clang::Decl*> ours;
    for (clang::Decl* one : context.getTranslationUnitDecl()->decls()) {
      if (!sources.isInSystemHeader(one->getLocation())) {
        ours.push_back(one);
      }
    }
    context.setTraversalScope(ours);
  }
};

class TidyScope : public clang::PluginASTAction {
 public:
  std::unique_ptr<clang::ASTConsumer> CreateASTConsumer(clang::CompilerInstance& /*compiler*/,
                                                        llvm::StringRef /*file*/) override {
    return std::make_unique<OursAlone>();
  }
  bool ParseArgs(const clang::CompilerInstance& /*compiler*/,
                 const std::vector<std::string>& /*arguments*/) override {
    return true;
  }
  ActionType getActionType() override { return AddBeforeMainAction; }
};

const clang::FrontendPluginRegistry::Add<TidyScope> Registered("tidy-scope", "ours alone");

}  // namespace
