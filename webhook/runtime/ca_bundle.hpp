#pragma once
/// Where a caller finds the certificate that we made up: a file of ours, which goes with us.

#include <string>

#include "base/result.hpp"

namespace countersign::runtime {

class CaBundle {
 public:
  CaBundle() = default;
  CaBundle(CaBundle&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }
  CaBundle& operator=(CaBundle&& other) noexcept {
    path_.swap(other.path_);
    return *this;
  }
  ~CaBundle();

  /// In a new folder of the system's temporary one. Blocks. Errors: an operator's mistake,
  /// "CA_BUNDLE".
  static Result<CaBundle> write(const std::string& pem);

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

}  // namespace countersign::runtime
