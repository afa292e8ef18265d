#pragma once
/// Verifies the images of one object: side by side, each distinct one once, joined with whoever
/// asks for the same.

#include <memory>
#include <string>
#include <vector>

#include "adapters/plugin/plugin_runner.hpp"
#include "adapters/registry/registry_client.hpp"
#include "adapters/responders/responders.hpp"
#include "async/task_set.hpp"
#include "base/deadline.hpp"
#include "runtime/generation.hpp"
#include "runtime/stores.hpp"
#include "verdict/answer.hpp"
#include "verify/ask.hpp"
#include "verify/engine.hpp"

namespace countersign::runtime {

/// One for each worker, on its thread.
class ImageVerifier {
 public:
  /// Images of one object that are verified at the same time (oci-registry 5.10).
  static constexpr std::size_t kLanes = 8;

  /// The worker's. All outlive the tasks of its TaskSet, in which verifications run.
  struct Machinery {
    verify::Engine& engine;
    registry::RegistryMachinery& registries;
    ports::Registry* source;  ///< instead of them; null: over HTTP
    responders::Responders& responders;
    plugin::PluginRunner& plugins;
    Stores& stores;
    TaskSet& tasks;
  };
  explicit ImageVerifier(const Machinery& machinery) : machinery_(machinery) {}

  [[nodiscard]] const verify::LastGood& last_good() const noexcept {
    return machinery_.stores.last_good;
  }

  using Asks = std::vector<std::shared_ptr<const verify::Ask>>;

  /// One answer for each, in their order, all by `deadline`, for an object of that namespace.
  /// Throws only if there is no memory.
  asio::awaitable<std::vector<verdict::Answer>, Executor> verify(GenerationPtr generation,
                                                                 Asks asks,
                                                                 std::string namespace_name,
                                                                 Deadline deadline);

 private:
  struct Batch;
  asio::awaitable<verdict::Answer, Executor> verify_one(GenerationPtr generation,
                                                        std::shared_ptr<const verify::Ask> ask,
                                                        verify::Asker asker, Deadline deadline);
  asio::awaitable<void, Executor> lane(Batch& batch);
  static asio::awaitable<verify::InFlight::Shared, Executor> work(
      Machinery machinery, GenerationPtr generation, std::shared_ptr<const verify::Ask> ask,
      Deadline deadline);

  Machinery machinery_;
};

}  // namespace countersign::runtime
