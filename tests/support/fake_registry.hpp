#pragma once
/// A registry in memory, with a record of what was asked and in which order.

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ports/registry.hpp"
#include "support/jws_builder.hpp"

namespace countersign::testing {

class FakeRegistry final : public ports::Registry {
 public:
  FakeRegistry()
      : subject(ports::Subject{.digest = *oci::Digest::parse(kTestImageDigest),
                               .media_type = std::string(kTestImageType),
                               .size = kTestImageSize}),
        list(ports::SignatureList{}) {}

  Result<ports::Subject> subject;
  Result<ports::SignatureList> list;
  Result<ports::SignatureList> rest = ports::SignatureList{};
  /// "resolve", "list", "fetch 0", "fetch 1" …
  std::vector<std::string> calls;
  std::vector<ports::Subject> listed;  ///< whose signatures were asked for
  /// Called with each entry of `calls` before it is answered; may throw.
  std::function<void(const std::string&)> before;

  /// Lists one more candidate.
  FakeRegistry& add(Result<ports::FetchedSignature> signature) {
    const std::string name = "manifest " + std::to_string(signatures_.size());
    const auto digest = oci::Digest::of(crypto::HashAlgorithm::kSha256, as_bytes(name));
    list->candidates.push_back(
        oci::Descriptor{.media_type = std::string(kTestImageType),
                        .digest = digest,
                        .size = 700,
                        .artifact_type = "application/vnd.cncf.notary.signature",
                        .chain_thumbprints = {},
                        .data = {},
                        .platform = {},
                        .ref_name = {}});
    places_.emplace(digest.to_string(), signatures_.size());
    signatures_.push_back(std::move(signature));
    return *this;
  }
  FakeRegistry& add(std::string_view envelope,
                    std::string_view media_type = "application/jose+json") {
    const BytesView bytes = as_bytes(envelope);
    return add(ports::FetchedSignature{.media_type = std::string(media_type),
                                       .envelope = {bytes.begin(), bytes.end()}});
  }

  Task<ports::Subject> resolve(oci::ImageReference /*image*/, Deadline /*deadline*/,
                               ports::Trace* /*trace*/) override {
    note("resolve");
    co_return subject;
  }
  /// One more candidate, which only the rest of the list has.
  FakeRegistry& add_rest(std::string_view envelope) {
    add(envelope);
    rest->candidates.push_back(list->candidates.back());
    list->candidates.pop_back();
    list->has_rest = true;
    return *this;
  }

  Task<ports::SignatureList> list_rest(oci::ImageReference /*image*/, ports::Subject /*subject*/,
                                       Deadline /*deadline*/, ports::Trace* /*trace*/) override {
    note("rest");
    co_return rest;
  }
  Task<ports::SignatureList> list_signatures(oci::ImageReference /*image*/,
                                             ports::Subject asked_for, Deadline /*deadline*/,
                                             ports::Trace* /*trace*/) override {
    note("list");
    listed.push_back(std::move(asked_for));
    co_return list;
  }
  Task<ports::FetchedSignature> fetch_signature(oci::ImageReference /*image*/,
                                                ports::Subject /*subject*/,
                                                oci::Descriptor candidate, Deadline /*deadline*/,
                                                ports::Trace* /*trace*/) override {
    const std::size_t place = places_.at(candidate.digest.to_string());
    note("fetch " + std::to_string(place));
    co_return signatures_[place];
  }

 private:
  void note(std::string call) {
    calls.push_back(std::move(call));
    if (before) before(calls.back());
  }

  std::vector<Result<ports::FetchedSignature>> signatures_;
  std::map<std::string, std::size_t> places_;
};

/// Runs a coroutine to its end on this thread. What it throws comes out.
template <class T>
T run(asio::awaitable<T, Executor> work) {
  asio::io_context context;
  T result{};
  std::exception_ptr thrown;
  asio::co_spawn(context, std::move(work), [&](std::exception_ptr exception, T value) {
    thrown = exception;
    result = std::move(value);
  });
  context.run();
  if (thrown) std::rethrow_exception(thrown);
  return result;
}

}  // namespace countersign::testing
