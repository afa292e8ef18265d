#include "runtime/image_verifier.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

#include "async/join_all.hpp"
#include "verify/decide.hpp"

namespace countersign::runtime {
namespace {

using verdict::Answer;
using verify::Ask;
using Shared = verify::InFlight::Shared;

Shared failed(const Ask& ask, const Error& error) {
  verdict::Verdict verdict = verify::blank_verdict(ask.image);
  verify::decide_failure(error, verdict);
  return std::make_shared<const verdict::Verdict>(std::move(verdict));
}

verify::LastGood::Conditions conditions_of(const Ask& ask, const Generation& generation) {
  return {.required = ask.required, .trust = generation.trust->id, .access = ask.access.id};
}

}  // namespace

/// What the lanes of one object share: the frame of `verify` holds it, and waits for all of them.
struct ImageVerifier::Batch {
  GenerationPtr generation;
  Asks asks;
  std::vector<Answer> answers;  ///< each denies until its lane fills it
  verify::Asker asker;
  Deadline deadline;
  std::size_t next = 0;
};

/// Runs in the TaskSet of the worker, for all who wait. What it comes to is learnt even if nobody
/// waits any more.
asio::awaitable<Shared, Executor> ImageVerifier::work(Machinery machinery, GenerationPtr generation,
                                                      std::shared_ptr<const Ask> ask,
                                                      Deadline deadline) {
  const auto began = verify::LastGood::Clock::now();
  registry::RegistryClient registries(machinery.registries, generation->endpoints);
  responders::AtPlaces revocation(machinery.responders, generation->revocation);
  plugin::ListedPlugins plugins(machinery.plugins, generation->plugins);
  const verify::Terms terms{.trust = generation->trust,
                            .max_signatures = generation->configuration.limits.signatures};
  const verify::Sources sources{
      .registry = machinery.source != nullptr ? *machinery.source : registries,
      .revocation = &revocation,
      .plugins = &plugins};
  auto verdict = co_await machinery.engine.verify(ask, terms, sources, deadline);
  machinery.stores.last_good.learn(ask->image, conditions_of(*ask, *generation), verdict, began);
  co_return std::make_shared<const verdict::Verdict>(std::move(verdict));
}

asio::awaitable<Answer, Executor> ImageVerifier::verify_one(GenerationPtr generation,
                                                            std::shared_ptr<const Ask> ask,
                                                            verify::Asker asker,
                                                            Deadline deadline) {
  const std::string& registry = ask->image.registry();
  const config::EnforcementConfig& enforcement = generation->configuration.enforcement;
  const bool bridges = enforcement.on_outage == config::OnOutage::kLastGood;
  const auto recall = [&](Outcome outcome) {
    return machinery_.stores.last_good.recall(ask->image, conditions_of(*ask, *generation), outcome,
                                              enforcement.last_good_age_or_default());
  };
  verify::Share share{.registry = registry,
                      .expected = !generation->endpoints->entry_of(registry).empty(),
                      .asker = std::move(asker),
                      .is_known = bridges && recall(Outcome::kOverloaded).has_value()};
  auto start = [machinery = machinery_, generation, ask](Deadline bound) {
    return work(machinery, generation, ask, bound);
  };
  auto verdict = co_await machinery_.stores.in_flight.join(
      verify::key_of(*ask, generation->trust->id), std::move(share), machinery_.tasks, deadline,
      generation->configuration.limits.verification, std::move(start));
  Answer answer{.verdict = verdict ? *std::move(verdict) : failed(*ask, verdict.error()),
                .age = std::nullopt};
  if (bridges) answer.age = recall(answer.verdict->outcome);
  if (answer.age) answer.source = verdict::Source::kLastGood;
  co_return answer;
}

asio::awaitable<void, Executor> ImageVerifier::lane(Batch& batch) {
  while (batch.next < batch.asks.size()) {
    const std::size_t mine = batch.next++;
    auto answer =
        co_await verify_one(batch.generation, batch.asks[mine], batch.asker, batch.deadline);
    batch.answers[mine] = std::move(answer);
  }
}

asio::awaitable<std::vector<Answer>, Executor> ImageVerifier::verify(GenerationPtr generation,
                                                                     Asks asks,
                                                                     std::string namespace_name,
                                                                     Deadline deadline) {
  static std::atomic<std::uint64_t> reviews = 0;
  Batch batch{.generation = std::move(generation),
              .asks = std::move(asks),
              .answers = {},
              .asker = {.namespace_name = std::move(namespace_name), .review = ++reviews},
              .deadline = deadline};
  batch.answers.resize(batch.asks.size());
  std::vector<asio::awaitable<void, Executor>> lanes;
  const std::size_t count = std::min(kLanes, batch.asks.size());
  for (std::size_t i = 0; i < count; ++i) lanes.push_back(lane(batch));
  // A lane that throws leaves its image without a verdict, which denies.
  [[maybe_unused]] const auto failures = co_await join_all(std::move(lanes));
  co_return std::move(batch.answers);
}

}  // namespace countersign::runtime
