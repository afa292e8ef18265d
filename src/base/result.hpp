#pragma once
/// Result<T>: a T or an Error. Dropping one is a compiler warning, since a dropped result in a
/// verifier is a bypass. Access to the wrong side aborts. Default-constructed it holds an internal
/// error, which denies.

#include <cstdlib>
#include <optional>
#include <utility>
#include <variant>

#include "base/error.hpp"

namespace countersign {

template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result() = default;
  Result(T value)  // NOLINT(google-explicit-constructor)
      : state_(std::in_place_index<1>, std::move(value)) {}
  Result(Error error)  // NOLINT(google-explicit-constructor)
      : state_(std::in_place_index<0>, std::move(error)) {}

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 1; }
  explicit operator bool() const noexcept { return has_value(); }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(value()); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  [[nodiscard]] T& value() & {
    if (!has_value()) std::abort();
    return *std::get_if<1>(&state_);
  }
  [[nodiscard]] const T& value() const& {
    if (!has_value()) std::abort();
    return *std::get_if<1>(&state_);
  }
  [[nodiscard]] T&& value() && { return std::move(value()); }

  [[nodiscard]] const Error& error() const& {
    if (has_value()) std::abort();
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] Error error() && {
    if (has_value()) std::abort();
    return std::move(*std::get_if<0>(&state_));
  }

 private:
  std::variant<Error, T> state_;
};

/// A step that yields nothing but can fail. Success is `Result<void>::ok()` or `ok()`.
template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() : error_(std::in_place) {}
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)
  static Result ok() { return Result(Ok{}); }

  [[nodiscard]] bool has_value() const noexcept { return !error_; }
  explicit operator bool() const noexcept { return has_value(); }
  void operator*() const {}

  [[nodiscard]] const Error& error() const& {
    if (!error_) std::abort();
    return *error_;
  }
  [[nodiscard]] Error error() && {
    if (!error_) std::abort();
    return std::move(*error_);
  }

 private:
  struct Ok {};
  explicit Result(Ok /*tag*/) {}
  std::optional<Error> error_;
};

using Status = Result<void>;
[[nodiscard]] inline Status ok() { return Status::ok(); }

}  // namespace countersign

// Statements, one a line, in braces under an `if`:
//   COUNTERSIGN_TRY(const Digest digest, Digest::parse(text));   declares, or returns the error
//   COUNTERSIGN_CHECK(validate(x));                              for Status
// and the same with CO_ in a coroutine, there with a call that was awaited before.
#define COUNTERSIGN_CONCAT_(a, b) a##b
#define COUNTERSIGN_CONCAT(a, b) COUNTERSIGN_CONCAT_(a, b)
#define COUNTERSIGN_TRY_(ret, tmp, decl, expr) \
  auto tmp = (expr);                           \
  if (!tmp) ret std::move(tmp).error();        \
  decl = *std::move(tmp)
#define COUNTERSIGN_CHECK_(ret, tmp, expr) \
  if (auto tmp = (expr); !tmp) ret std::move(tmp).error()
#define COUNTERSIGN_TRY(decl, expr) \
  COUNTERSIGN_TRY_(return, COUNTERSIGN_CONCAT(try_, __LINE__), decl, expr)
#define COUNTERSIGN_CO_TRY(decl, expr) \
  COUNTERSIGN_TRY_(co_return, COUNTERSIGN_CONCAT(try_, __LINE__), decl, expr)
#define COUNTERSIGN_CHECK(expr) \
  COUNTERSIGN_CHECK_(return, COUNTERSIGN_CONCAT(check_, __LINE__), expr)
#define COUNTERSIGN_CO_CHECK(expr) \
  COUNTERSIGN_CHECK_(co_return, COUNTERSIGN_CONCAT(check_, __LINE__), expr)
