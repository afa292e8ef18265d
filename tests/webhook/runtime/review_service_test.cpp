// One review from bytes to bytes, in time that stands still: what is answered, when, and what goes
// on after the answer.
#include "runtime/review_service.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "async/running.hpp"
#include "runtime/worker_pool.hpp"
#include "webhook/runtime/program.hpp"

namespace countersign::runtime {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using Json = nlohmann::json;
using testing::generation_of;
using testing::image_of;
using testing::pod_review;

const Instant kNow = *parse_rfc3339("2026-06-01T00:00:00Z");

class Reviews : public ::testing::Test {
 protected:
  explicit Reviews(config::OnOutage on_outage = config::OnOutage::kDeny)
      : generation(generation_of(1, on_outage)) {
    worker = &pool.add(generation, log,
                       {.now = [] { return kNow; }, .source = &registry, .clock = &clock});
  }

  struct Answer {
    std::string text;
    std::optional<ReviewService::Answered> answered;

    [[nodiscard]] Json response() const { return Json::parse(text).at("response"); }
    [[nodiscard]] std::string message() const {
      return response().at("status").at("message").get<std::string>();
    }
  };

  /// Begins a review; it is answered when time goes on.
  std::shared_ptr<Answer> begin(std::string body, std::chrono::milliseconds timeout = 10s) {
    auto answer = std::make_shared<Answer>();
    asio::co_spawn(worker->io(), review(*worker, clock, std::move(body), timeout, answer),
                   [](const std::exception_ptr& failure) {
                     if (failure) std::rethrow_exception(failure);
                   });
    turn();
    return answer;
  }
  static asio::awaitable<void, Executor> review(Worker& worker, Clock& clock, std::string body,
                                                std::chrono::milliseconds timeout,
                                                std::shared_ptr<Answer> answer) {
    const auto answered =
        co_await worker.reviews().answer(body, 0, clock.now(), timeout, answer->text);
    answer->answered = answered;
  }
  void turn() {
    worker->io().restart();
    worker->io().poll();
  }
  void pass(std::chrono::milliseconds span, std::chrono::milliseconds step = 10ms) {
    for (; span > 0ms; span -= step) {
      clock.advance(step);
      turn();
    }
  }
  /// Until it is answered.
  std::shared_ptr<Answer> finished(std::shared_ptr<Answer> answer) {
    for (int i = 0; i < 4000 && !answer->answered; ++i) pass(10ms);
    EXPECT_TRUE(answer->answered) << "it was never answered";
    return answer;
  }

  FalseClock clock{kNow};
  testing::SlowRegistry registry{clock, 100ms};
  testing::LinesSink sink;
  ops::Log log{sink, ops::Level::kInfo};
  GenerationPtr generation;
  WorkerPool pool;
  Worker* worker = nullptr;
};

TEST_F(Reviews, ASignedImageIsAdmittedAndLoggedWithItsStatement) {
  const auto answer = finished(begin(pod_review({image_of("cart")})));
  EXPECT_TRUE(answer->response().at("allowed").get<bool>()) << answer->text;
  EXPECT_EQ(answer->response().at("auditAnnotations").at("rule"), "rule-1");
  ASSERT_EQ(sink.lines.size(), 1U);
  EXPECT_THAT(sink.lines[0], HasSubstr(R"("statement":"statement-1")"));
  EXPECT_THAT(sink.lines[0], HasSubstr(R"("code":"CS000")"));
}

TEST_F(Reviews, WhatIsUnsignedIsDeniedWithTheReason) {
  registry.inner.list = ports::SignatureList{};
  const auto answer = finished(begin(pod_review({image_of("cart")})));
  EXPECT_FALSE(answer->response().at("allowed").get<bool>());
  EXPECT_EQ(answer->answered->code, 403);
  EXPECT_THAT(answer->message(), HasSubstr("CS101 unsigned"));
  ASSERT_EQ(sink.lines.size(), 1U);
  EXPECT_THAT(sink.lines[0], HasSubstr(R"("reason":"ST-20")"));
}

TEST_F(Reviews, AnswersBeforeItsTimeoutWhateverTheRegistryDoes) {
  testing::SlowRegistry silent(clock, 1h);
  WorkerPool other;
  worker =
      &other.add(generation, log, {.now = [] { return kNow; }, .source = &silent, .clock = &clock});
  const auto answer = begin(pod_review({image_of("cart")}), 3s);
  pass(2390ms);
  EXPECT_FALSE(answer->answered);
  pass(30ms);
  ASSERT_TRUE(answer->answered) << "network work ends by 2.4 s of 3";
  EXPECT_EQ(answer->answered->code, 503);
  EXPECT_THAT(answer->message(), HasSubstr("CS206"));
  EXPECT_EQ(other.in_flight().flights(), 1U) << "the work goes on for the retry";
  pass(5010ms);
  EXPECT_EQ(other.in_flight().flights(), 0U) << "and ends when nobody came";
  EXPECT_EQ(worker->tasks().size(), 0U);
}

TEST_F(Reviews, ARetryFindsTheWorkThatWentOn) {
  testing::SlowRegistry slow(clock, 1500ms);  // three steps: 4.5 s
  WorkerPool other;
  worker =
      &other.add(generation, log, {.now = [] { return kNow; }, .source = &slow, .clock = &clock});
  const auto first = finished(begin(pod_review({image_of("cart")}), 3s));
  EXPECT_FALSE(first->answered->allowed);
  const auto retry = finished(begin(pod_review({image_of("cart")}), 10s));
  EXPECT_TRUE(retry->answered->allowed) << retry->text;
  EXPECT_EQ(slow.asked, 3U) << "it began anew";
}

TEST_F(Reviews, EightImagesOfAnObjectAtATime) {
  std::vector<std::string> images;
  for (int i = 0; i < 20; ++i) images.push_back(image_of("app" + std::to_string(i)));
  const auto answer = finished(begin(pod_review(images)));
  EXPECT_TRUE(answer->answered->allowed) << answer->text;
  EXPECT_EQ(registry.most, ImageVerifier::kLanes);
  EXPECT_EQ(registry.asked, 20U * 3U);
}

TEST_F(Reviews, TheSameImageOfManyReviewsIsVerifiedOnce) {
  std::vector<std::shared_ptr<Answer>> answers;
  for (int i = 0; i < 10; ++i) answers.push_back(begin(pod_review({image_of("cart")})));
  for (const auto& each : answers) EXPECT_TRUE(finished(each)->answered->allowed);
  EXPECT_EQ(registry.asked, 3U);
  EXPECT_EQ(pool.in_flight().coalesced(), 9U);
}

TEST_F(Reviews, EachFailingStepDenies) {
  for (const std::string step : {"resolve", "list", "fetch 0"}) {
    registry.inner.before = [&](const std::string& call) {
      if (call == step) throw std::runtime_error("broken");
    };
    const auto answer = finished(begin(pod_review({image_of("cart")})));
    EXPECT_FALSE(answer->answered->allowed) << step;
    EXPECT_EQ(answer->answered->code, 503) << step;
    EXPECT_THAT(answer->message(), HasSubstr("CS900")) << step;
  }
}

TEST_F(Reviews, MemoryThatRunsOutAtAnyStepDenies) {
  for (const std::string step : {"resolve", "list", "fetch 0"}) {
    registry.inner.before = [&](const std::string& call) {
      if (call == step) throw std::bad_alloc();
    };
    const auto answer = finished(begin(pod_review({image_of("cart")})));
    EXPECT_FALSE(answer->answered->allowed) << step;
  }
}

TEST_F(Reviews, WhatIsNoReviewIsRefusedAndTouchesNothing) {
  const auto answer = begin("{}");
  ASSERT_TRUE(answer->answered);
  EXPECT_EQ(answer->answered->refusal.http_status, 400U);
  EXPECT_TRUE(answer->text.empty());
  EXPECT_EQ(registry.asked, 0U);
}

class Bridging : public Reviews {
 protected:
  Bridging() : Reviews(config::OnOutage::kLastGood) {}
  std::shared_ptr<Answer> asked() { return finished(begin(pod_review({image_of("cart")}))); }
};

TEST_F(Bridging, AnOutageIsBridgedAlsoAfterANewGenerationOfTheSameTrust) {
  EXPECT_TRUE(asked()->answered->allowed);
  registry.outage = Error(Outcome::kRegistryUnreachable, "CONNECT_FAILED", "down");
  EXPECT_TRUE(asked()->answered->allowed);
  // Another number, the same policy and stores: what was learnt is not lost.
  auto same = std::make_shared<Generation>(*generation);
  same->number = 2;
  pool.publish(same);
  turn();
  const auto bridged = asked();
  EXPECT_TRUE(bridged->answered->allowed) << bridged->text;
  EXPECT_THAT(bridged->response().at("auditAnnotations").at("images").get<std::string>(),
              HasSubstr("last-good"));
}

TEST_F(Bridging, WhatVerifiedUnderAnotherPolicyBridgesNothing) {
  EXPECT_TRUE(asked()->answered->allowed);
  registry.outage = Error(Outcome::kRegistryUnreachable, "CONNECT_FAILED", "down");
  pool.publish(generation_of(2, config::OnOutage::kLastGood));  // the policy's text differs
  turn();
  EXPECT_FALSE(asked()->answered->allowed);
}

TEST_F(Reviews, AFlightEndsWithTheGenerationThatItBeganWith) {
  const auto old = begin(pod_review({image_of("cart")}));
  pass(150ms);
  pool.publish(generation_of(2));
  turn();
  const auto fresh = begin(pod_review({image_of("cart")}));
  EXPECT_EQ(pool.in_flight().flights(), 2U) << "an old policy must not answer for a new one";
  EXPECT_EQ(finished(old)->response().at("auditAnnotations").at("rule"), "rule-1");
  EXPECT_EQ(finished(fresh)->response().at("auditAnnotations").at("rule"), "rule-2");
  ASSERT_EQ(sink.lines.size(), 2U);
  EXPECT_THAT(sink.lines[0], HasSubstr("statement-1"));
  EXPECT_THAT(sink.lines[1], HasSubstr("statement-2"));
}

}  // namespace
}  // namespace countersign::runtime
