#include "fuzz/scripted_registry.hpp"

#include <boost/asio/co_spawn.hpp>
#include <optional>
#include <utility>

#include "fuzz/require.hpp"

namespace countersign::fuzz {
namespace {

registry::Options options(Clock& clock) {
  registry::Options options;
  options.retry.max_attempts = 1;
  options.clock = &clock;
  options.jitter = [] { return 0.5; };
  return options;
}

}  // namespace

Task<http::Response> ScriptedTransport::send(http::Request request, Deadline /*deadline*/) {
  const std::size_t turn = asked_.size();
  asked_.push_back(std::move(request));
  if (turn < script_.size()) co_return script_[turn];
  http::Response none;
  none.status = 404;
  co_return none;
}

ScriptedRegistry::ScriptedRegistry(registry::Settings settings, std::vector<http::Response> script)
    : transport_(std::move(script)),
      tasks_(context_.get_executor(), clock_,
             [](std::string_view /*name*/, const std::exception_ptr& /*failure*/) {
               require(false);  // nothing throws
             }),
      machinery_(transport_, tasks_, options(clock_)),
      client_(machinery_, registry::Endpoints::make(std::move(settings))) {}

ScriptedRegistry::~ScriptedRegistry() {
  tasks_.cancel_all();
  context_.restart();
  context_.poll();
  require(tasks_.size() == 0);
}

Deadline ScriptedRegistry::deadline() const {
  return Deadline(clock_.now() + std::chrono::seconds(10));
}

/// Time goes on only where all wait for it.
template <class T>
Result<T> ScriptedRegistry::run(Task<T> task) {
  std::optional<Result<T>> result;
  asio::co_spawn(context_.get_executor(), std::move(task),
                 [&](const std::exception_ptr& failure, Result<T> value) {
                   require(failure == nullptr);
                   result = std::move(value);
                 });
  context_.restart();
  while (!result) {
    context_.poll();
    context_.restart();
    if (!result) require(clock_.advance_to_next());  // else it would wait for ever
  }
  return *std::move(result);
}

Result<ports::Subject> ScriptedRegistry::resolve(std::string_view image) {
  return run(client_.resolve(*oci::ImageReference::parse(image), deadline()));
}

Result<ports::SignatureList> ScriptedRegistry::list(std::string_view image,
                                                    const ports::Subject& subject) {
  return run(client_.list_signatures(*oci::ImageReference::parse(image), subject, deadline()));
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (bool more = !text.empty(); more;) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    more = end != std::string_view::npos;
    if (more) text.remove_prefix(end + 1);
  }
  return parts;
}

}  // namespace countersign::fuzz
