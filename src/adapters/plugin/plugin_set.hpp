#pragma once
/// The plugins that the operator lists, each with its program opened and checked. Built once;
/// shared by all workers.

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/plugin/program.hpp"

namespace countersign::plugin {

/// Plugin processes of the whole program at one time, however many workers there are.
inline constexpr unsigned kMaxProcesses = 16;

struct Plugin {
  std::string name;
  Program program;
  std::vector<std::string> environment;     ///< "NAME=value": all that it gets
  std::chrono::milliseconds timeout{5000};  ///< of one command
};

class PluginSet {
 public:
  /// Names are unique.
  explicit PluginSet(std::vector<Plugin> plugins) : plugins_(std::move(plugins)) {}
  PluginSet(const PluginSet&) = delete;
  PluginSet& operator=(const PluginSet&) = delete;

  /// Null if it is not listed. Lives as long as the set.
  [[nodiscard]] const Plugin* find(std::string_view name) const noexcept;
  [[nodiscard]] const std::vector<Plugin>& plugins() const noexcept { return plugins_; }

  /// The right to run one process. Its set outlives it.
  class Place {
   public:
    Place(Place&& other) noexcept : set_(std::exchange(other.set_, nullptr)) {}
    Place& operator=(Place&& other) noexcept {
      std::swap(set_, other.set_);
      return *this;
    }
    ~Place() {
      if (set_ != nullptr) set_->taken_.fetch_sub(1);
    }

   private:
    friend class PluginSet;
    explicit Place(const PluginSet& set) : set_(&set) {}
    const PluginSet* set_;
  };
  /// Nothing while `kMaxProcesses` run.
  [[nodiscard]] std::optional<Place> take_place() const noexcept;

 private:
  std::vector<Plugin> plugins_;
  mutable std::atomic<unsigned> taken_{0};
};

}  // namespace countersign::plugin
