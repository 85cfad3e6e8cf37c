// SPDX-License-Identifier: Apache-2.0
// The contract of the port, kept by a bucket of a real store.
#include <chrono>
#include <memory>

#include "real_store.hpp"
#include "testing/object_store_contract.hpp"

namespace hapax {
namespace {

class InABucket : public ObjectStoreUnderTest {
 public:
  ObjectStore& store() override { return *objects_; }
  ObjectStore& other() override { return *other_; }
  void run_callbacks() override {
    constexpr std::chrono::milliseconds kWait{5};
    objects_->poll(kWait);
    other_->poll(std::chrono::milliseconds(0));
  }
  std::size_t names_in_a_page() const override { return 1'000; }

 private:
  RealStore store_;
  std::unique_ptr<S3Objects> objects_ = store_.open();
  std::unique_ptr<S3Objects> other_ = store_.open();
};

INSTANTIATE_TEST_SUITE_P(RealStore, ObjectStoreContract,
                         testing::Values([]() -> std::unique_ptr<ObjectStoreUnderTest> {
                           return std::make_unique<InABucket>();
                         }));

}  // namespace
}  // namespace hapax
