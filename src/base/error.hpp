#pragma once
/// One vocabulary for everything that can go wrong: an Outcome says what to answer, a Reason says
/// which rule broke, a message says what happened and where.

#include <string>
#include <string_view>
#include <utility>

#include "base/outcome.hpp"

namespace countersign {

/// Which rule was broken: a rule id of the specification digests ("CE-21", "JW-9") or an error id
/// of the registry client ("TLS_UNTRUSTED"). Programs and tests branch on it, never on the message.
class Reason {
 public:
  constexpr Reason() = default;
  /// Only literals: a reason lives as long as the program.
  template <std::size_t N>
  consteval Reason(const char (&id)[N]) : id_(id, N - 1) {}  // NOLINT(google-explicit-constructor)
  [[nodiscard]] constexpr std::string_view id() const noexcept { return id_; }
  friend constexpr bool operator==(const Reason&, const Reason&) = default;

 private:
  std::string_view id_;
};

/// No error admits: default-constructed, or with an outcome that admits, it is an internal error.
class Error {
 public:
  /// What the operator must mend: a file that is missing, a setting that cannot be used, a port
  /// that is taken. No image has such an outcome; where one all the same decides, it denies.
  [[nodiscard]] static Error mistake(Reason reason, std::string message) {
    Error error(Outcome::kInternalError, reason, std::move(message));
    error.is_mistake_ = true;
    return error;
  }

  Error() : message_("unset result") {}
  Error(Outcome outcome, Reason reason, std::string message)
      : message_(std::move(message)), reason_(reason), outcome_(denying(outcome)) {}

  [[nodiscard]] Outcome outcome() const noexcept { return outcome_; }
  /// Whether it is the operator's, and no bug of ours.
  [[nodiscard]] bool is_mistake() const noexcept { return is_mistake_; }
  [[nodiscard]] Reason reason() const noexcept { return reason_; }
  [[nodiscard]] const std::string& message() const noexcept { return message_; }
  [[nodiscard]] std::string take_message() && { return std::move(message_); }

  /// The same error with "`what`: " before its message. The log then reads outside in.
  [[nodiscard]] Error while_doing(std::string_view what) && {
    message_.insert(0, std::string(what) + ": ");
    return std::move(*this);
  }
  /// The same error under another outcome, where a caller knows better what it means.
  [[nodiscard]] Error as(Outcome outcome) && {
    outcome_ = denying(outcome);
    is_mistake_ = false;
    return std::move(*this);
  }

 private:
  [[nodiscard]] static Outcome denying(Outcome outcome) noexcept {
    return admits(outcome) ? Outcome::kInternalError : outcome;
  }

  std::string message_;
  Reason reason_;
  Outcome outcome_ = Outcome::kInternalError;
  bool is_mistake_ = false;
};

}  // namespace countersign
