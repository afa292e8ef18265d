#pragma once
/// One AdmissionReview from bytes to bytes: read, plan, verify, decide, answer, log, count. The one
/// code path of `serve` and `review`.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "admission/decision.hpp"
#include "admission/reference_memo.hpp"
#include "admission/review.hpp"
#include "async/task.hpp"
#include "ops/log.hpp"
#include "ops/metrics.hpp"
#include "runtime/assessment.hpp"
#include "runtime/generation.hpp"
#include "runtime/image_verifier.hpp"

namespace countersign::runtime {

class ReviewService {
 public:
  /// `current` is the worker's: each review takes it once. `metrics` may be null. All that it
  /// refers to must outlive it.
  ReviewService(const GenerationPtr& current, ImageVerifier& verifier, const ops::Log& log,
                ops::Metrics* metrics, Clock& clock);

  /// Why there is no AdmissionReview to answer with.
  struct Refusal {
    unsigned http_status = 0;  ///< 0: answered
    std::string message;
  };
  struct Answered {
    Refusal refusal;
    bool allowed = false;
    int code = 0;  ///< of a denial: 403 or 503
  };

  /// Appends the answer to `out`. `received` is when the request came, `timeout` what the API
  /// server gives us.
  asio::awaitable<Answered, Executor> answer(std::string_view body, std::size_t spare,
                                             std::chrono::steady_clock::time_point received,
                                             std::chrono::milliseconds timeout, std::string& out);

 private:
  Answered refuse(const Error& error, std::chrono::steady_clock::time_point received);
  void report_failure(const admission::Review& review,
                      const std::exception& failure) const noexcept;
  void count(const Assessment& assessment, const Generation& generation, bool failed) const;
  void record(const Assessment& assessment, std::chrono::steady_clock::time_point received) const;

  const GenerationPtr& current_;
  ImageVerifier* verifier_;
  const ops::Log* log_;
  ops::Metrics* metrics_;
  Clock& clock_;
  admission::ReviewReader reader_;
  admission::ReferenceMemo references_;
};

}  // namespace countersign::runtime
