#pragma once
/// A registry in memory, at the HTTP seam: answers by method and URL, and a record of what was
/// asked.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "adapters/http/transport.hpp"

namespace countersign::registry {

class FakeTransport final : public http::Transport {
 public:
  using Handler = std::function<Result<http::Response>(const http::Request&)>;

  Task<http::Response> send(http::Request request, Deadline deadline) override;

  /// "HEAD https://r.io/v2/…", as it is recorded.
  static std::string key(const http::Request& request);

  /// The answer to every such request. What has none is a registry's 404.
  void on(const std::string& what, http::Response response) {
    answers[what] = [response](const http::Request&) { return Result<http::Response>(response); };
  }
  void on(const std::string& what, Error error) {
    answers[what] = [error](const http::Request&) { return Result<http::Response>(error); };
  }
  void on(const std::string& what, Handler handler) { answers[what] = std::move(handler); }

  [[nodiscard]] std::size_t count(const std::string& what) const;
  [[nodiscard]] static std::string authorization(const http::Request& request);

  std::map<std::string, Handler> answers;
  std::vector<http::Request> asked;
  unsigned turns = 1;  ///< how often each exchange yields before it answers
};

}  // namespace countersign::registry
