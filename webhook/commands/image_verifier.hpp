#pragma once
/// Verifies the images of one object: side by side, each distinct one once, joined with whoever
/// asks for the same.

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "async/task.hpp"
#include "base/deadline.hpp"
#include "oci/image_reference.hpp"
#include "verify/engine.hpp"
#include "verify/in_flight.hpp"
#include "verify/last_good.hpp"

namespace countersign::commands {

/// One for each worker. All that it refers to must outlive it.
class ImageVerifier {
 public:
  /// Images of one object that are verified at the same time (oci-registry 5.10).
  static constexpr std::size_t kLanes = 8;

  /// `is_expected` tells whether the configuration names a registry.
  /// `last_good` is null if outages deny.
  ImageVerifier(verify::Engine& engine, verify::InFlight& in_flight, verify::LastGood* last_good,
                std::function<bool(std::string_view)> is_expected)
      : engine_(&engine),
        in_flight_(&in_flight),
        last_good_(last_good),
        is_expected_(std::move(is_expected)) {}

  /// An image, and what its signature must carry.
  struct Wanted {
    oci::ImageReference image;
    verdict::UserMetadata required;
  };

  /// One verdict for each, in their order, all by `deadline`. Throws only if there is no memory.
  asio::awaitable<std::vector<verdict::Verdict>, Executor> verify(std::vector<Wanted> images,
                                                                  Deadline deadline);

 private:
  struct Batch;
  asio::awaitable<verdict::Verdict, Executor> verify_one(Wanted wanted, Deadline deadline);
  static asio::awaitable<verdict::Verdict, Executor> work(verify::Engine& engine,
                                                          verify::LastGood* last_good,
                                                          Wanted wanted, Deadline deadline);
  static asio::awaitable<void, Executor> lane(ImageVerifier& self, std::shared_ptr<Batch> batch);

  verify::Engine* engine_;
  verify::InFlight* in_flight_;
  verify::LastGood* last_good_;
  std::function<bool(std::string_view)> is_expected_;
};

}  // namespace countersign::commands
