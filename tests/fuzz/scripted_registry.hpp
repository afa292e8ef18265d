#pragma once
/// A registry client before a registry that answers as a script says, whatever it is asked, in time
/// that goes on only where somebody waits for it.

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/http/transport.hpp"
#include "adapters/registry/registry_client.hpp"
#include "async/clock.hpp"
#include "async/task_set.hpp"

namespace countersign::fuzz {

/// Answers the k-th request with the k-th answer, and 404 when there are no more.
class ScriptedTransport final : public http::Transport {
 public:
  explicit ScriptedTransport(std::vector<http::Response> script) : script_(std::move(script)) {}
  Task<http::Response> send(http::Request request, Deadline deadline) override;

  [[nodiscard]] const std::vector<http::Request>& asked() const noexcept { return asked_; }

 private:
  std::vector<http::Response> script_;
  std::vector<http::Request> asked_;
};

/// One question to a scripted registry. Failures are not tried again.
class ScriptedRegistry {
 public:
  ScriptedRegistry(registry::Settings settings, std::vector<http::Response> script);
  ~ScriptedRegistry();

  [[nodiscard]] Result<ports::Subject> resolve(std::string_view image);
  [[nodiscard]] Result<ports::SignatureList> list(std::string_view image,
                                                  const ports::Subject& subject);
  /// All requests so far.
  [[nodiscard]] const std::vector<http::Request>& asked() const noexcept {
    return transport_.asked();
  }

 private:
  [[nodiscard]] Deadline deadline() const;
  template <class T>
  Result<T> run(Task<T> task);

  asio::io_context context_{1};
  FalseClock clock_;
  ScriptedTransport transport_;
  TaskSet tasks_;
  registry::RegistryMachinery machinery_;
  registry::RegistryClient client_;
};

/// The parts between the separators; an empty text has none.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

}  // namespace countersign::fuzz
