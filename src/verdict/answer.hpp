#pragma once
/// What one asker hears of an image: a verdict that many may share, and what is his alone.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "verdict/verdict.hpp"

namespace countersign::verdict {

/// Where an answer comes from.
enum class Source : std::uint8_t {
  kFresh,     ///< verified for this asker, alone or together with others
  kLastGood,  ///< an outage, and the same verified lately: `age` says how long ago
};

/// Default-constructed it denies: there is no verdict.
struct Answer {
  std::shared_ptr<const Verdict> verdict;
  Source source = Source::kFresh;
  /// Of an outage: how long ago the same artifact verified under the same conditions, if it did
  /// lately (verify/last_good.hpp). The verdict's outcome says nothing of it.
  std::optional<std::chrono::seconds> age;

  /// `kInternalError` if there is no verdict.
  [[nodiscard]] Outcome outcome() const noexcept {
    return verdict ? verdict->outcome : Outcome::kInternalError;
  }
};

}  // namespace countersign::verdict
