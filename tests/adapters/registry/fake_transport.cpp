#include "adapters/registry/fake_transport.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace countersign::registry {

namespace {
constexpr auto kAwait = asio::use_awaitable_t<Executor>();
}  // namespace

std::string FakeTransport::key(const http::Request& request) {
  return std::string(http::name(request.method)) + " " + request.url.to_string();
}

Task<http::Response> FakeTransport::send(http::Request request, Deadline deadline) {
  const std::string what = key(request);
  asked.push_back(request);
  const Executor executor = co_await asio::this_coro::executor;
  for (unsigned i = 0; i < turns; ++i) {
    co_await asio::post(executor, kAwait);
  }
  if (deadline.passed()) co_return Error(Outcome::kDeadlineExceeded, "BUDGET_EXHAUSTED", what);
  const auto found = answers.find(what);
  if (found == answers.end()) {
    http::Response response;
    response.status = 404;
    response.body = R"({"errors":[{"code":"MANIFEST_UNKNOWN"}]})";
    co_return response;
  }
  auto response = found->second(request);
  co_return response;
}

std::size_t FakeTransport::count(const std::string& what) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(asked, [&](const auto& each) { return key(each) == what; }));
}

std::string FakeTransport::authorization(const http::Request& request) {
  return request.authorization.reveal();
}

}  // namespace countersign::registry
