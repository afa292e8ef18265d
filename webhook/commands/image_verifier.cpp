#include "commands/image_verifier.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include "async/timer.hpp"
#include "verify/decide.hpp"

namespace countersign::commands {
namespace {

verdict::Verdict blank_verdict(const oci::ImageReference& image) {
  verdict::Verdict verdict;
  verdict.image = image.text();
  verdict.repository = image.name();
  if (image.digest()) verdict.digest = image.digest()->to_string();
  return verdict;
}

/// By name and what is asked for: the same image, however it was written. Lengths keep what rules
/// ask for apart, whatever characters it has.
std::string key_of(const ImageVerifier::Wanted& wanted) {
  std::string key = wanted.image.name() + " " + wanted.image.manifest_reference();
  for (const auto& [name, value] : wanted.required)
    key += fmt::format(" {}:{}={}:{}", name.size(), name, value.size(), value);
  return key;
}

}  // namespace

/// What the lanes of one object share. They hold it, so that it outlives them whatever becomes of
/// the object.
struct ImageVerifier::Batch {
  Batch(Executor executor, std::vector<Wanted> wanted, Deadline when)
      : images(std::move(wanted)), deadline(when), done(executor) {
    verdicts.reserve(images.size());
    for (const Wanted& each : images) verdicts.push_back(blank_verdict(each.image));
    done.expires_at(Timer::time_point::max());
  }
  std::vector<Wanted> images;
  std::vector<verdict::Verdict> verdicts;  ///< each an internal error until its lane fills it
  Deadline deadline;
  std::size_t next = 0;
  std::size_t lanes = 0;
  Timer done;
};

/// What it comes to is learnt even if nobody waits for it any more.
asio::awaitable<verdict::Verdict, Executor> ImageVerifier::work(verify::Engine& engine,
                                                                verify::LastGood* last_good,
                                                                Wanted wanted, Deadline deadline) {
  const auto began = verify::LastGood::Clock::now();
  auto verdict = co_await engine.verify(wanted.image, deadline, wanted.required);
  if (last_good != nullptr) last_good->learn(wanted.image, wanted.required, verdict, began);
  co_return verdict;
}

asio::awaitable<verdict::Verdict, Executor> ImageVerifier::verify_one(Wanted wanted,
                                                                      Deadline deadline) {
  const oci::ImageReference& image = wanted.image;
  verdict::Verdict blank = blank_verdict(image);
  std::string key = key_of(wanted);
  auto start = [engine = engine_, last_good = last_good_, wanted](Deadline work_deadline) {
    return work(*engine, last_good, wanted, work_deadline);
  };
  verify::Share share{.name = image.registry(), .expected = is_expected_(image.registry())};
  auto verdict = co_await in_flight_->join(std::move(key), std::move(share), std::move(blank),
                                           deadline, std::move(start));
  if (last_good_ != nullptr) last_good_->recall(image, wanted.required, verdict);
  co_return verdict;
}

asio::awaitable<void, Executor> ImageVerifier::lane(ImageVerifier& self,
                                                    std::shared_ptr<Batch> batch) {
  while (batch->next < batch->images.size()) {
    const std::size_t mine = batch->next++;
    auto verdict = co_await self.verify_one(batch->images[mine], batch->deadline);
    batch->verdicts[mine] = std::move(verdict);
  }
}

asio::awaitable<std::vector<verdict::Verdict>, Executor> ImageVerifier::verify(
    std::vector<Wanted> images, Deadline deadline) {
  const Executor executor = co_await asio::this_coro::executor;
  const auto batch = std::make_shared<Batch>(executor, std::move(images), deadline);
  batch->lanes = std::min(kLanes, batch->images.size());
  if (batch->lanes == 0) co_return std::vector<verdict::Verdict>();
  const std::size_t lanes = batch->lanes;
  for (std::size_t i = 0; i < lanes; ++i) {
    // A lane that throws leaves its image with the verdict that it began with, which denies.
    asio::co_spawn(executor, lane(*this, batch), [batch](const std::exception_ptr& /*failure*/) {
      if (--batch->lanes == 0) batch->done.cancel();
    });
  }
  while (batch->lanes > 0) {
    const auto [error] = co_await batch->done.async_wait(kTuple);
    static_cast<void>(error);
  }
  co_return std::move(batch->verdicts);
}

}  // namespace countersign::commands
