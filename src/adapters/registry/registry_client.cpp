#include "adapters/registry/registry_client.hpp"

#include <utility>

#include "adapters/http/describe.hpp"
#include "adapters/registry/candidate.hpp"
#include "adapters/registry/docker_credentials.hpp"
#include "adapters/registry/error_answer.hpp"
#include "adapters/registry/exchange.hpp"
#include "adapters/registry/resolve.hpp"
#include "adapters/registry/signature_lister.hpp"
#include "base/text.hpp"

namespace countersign::registry {
namespace {

/// HEAD is free and small, but some servers do not have it, and its errors have no body.
bool deserves_get(long status) {
  return status == 400 || status == 403 || status == 404 || status == 405 || status == 501;
}

/// What a candidate's missing parts mean: the list promised them.
Error of_candidate(Error error) {
  return error.outcome() == Outcome::kImageNotFound
             ? std::move(error).as(Outcome::kRegistryMisbehaved)
             : error;
}

}  // namespace

class RegistryMachinery::Impl {
 public:
  Impl(http::Transport& transport, TaskSet& tasks, Options options)
      : options_(with_memory(std::move(options))),
        exchange_(transport, tasks, options_),
        lister_(exchange_) {}

  Task<ports::Subject> resolve(Target target, oci::ImageReference image, Deadline deadline);
  Task<ports::FetchedSignature> fetch(Target target, ports::Subject subject,
                                      oci::Descriptor candidate, Deadline deadline);
  Task<Bytes> fetch_envelope(const Target& target, const oci::Descriptor& envelope,
                             Deadline deadline);
  SignatureLister& lister() { return lister_; }

 private:
  Options with_memory(Options options) {
    if (options.memory == nullptr) options.memory = &own_memory_;
    return options;
  }

  Memory own_memory_;
  Options options_;
  Exchange exchange_;
  SignatureLister lister_;
};

Task<ports::Subject> RegistryMachinery::Impl::resolve(Target target, oci::ImageReference image,
                                                      Deadline deadline) {
  Ask ask{.kind = ports::ExchangeKind::kResolve,
          .method = http::Method::kHead,
          .url = target.url("manifests/" + image.manifest_reference()),
          .accept = std::string(kImageAccept),
          .max_body = oci::kMaxManifestBytes,
          .redirects = Ask::Redirects::kAnywhere};
  auto head = co_await exchange_.ask(target, ask, deadline);
  const http::Asked asked_head(ask.method, ask.url);
  if (!head) co_return std::move(head).error();
  if (head->status == 200) {
    auto subject = judge_head(image.digest(), *head);
    if (subject && !*subject) co_return std::move(*subject).error().while_doing(asked_head.text());
    if (subject) co_return **std::move(subject);
  } else if (!deserves_get(head->status)) {
    co_return status_error(asked_head.text(), *head);
  }
  ask.method = http::Method::kGet;
  const http::Asked asked_get(ask.method, ask.url);
  auto get = co_await exchange_.ask(target, std::move(ask), deadline);
  if (!get) co_return std::move(get).error();
  if (get->status != 200) co_return status_error(asked_get.text(), *get);
  auto subject = judge_get(image.digest(), *get);
  if (!subject) co_return std::move(subject).error().while_doing(asked_get.text());
  co_return subject;
}

Task<ports::FetchedSignature> RegistryMachinery::Impl::fetch(Target target, ports::Subject subject,
                                                             oci::Descriptor candidate,
                                                             Deadline deadline) {
  const std::string name = "signature " + candidate.digest.short_text();
  if (auto status = check_listed(candidate, subject); !status)
    co_return std::move(status).error().while_doing(name);
  Ask ask{.kind = ports::ExchangeKind::kManifest,
          .method = http::Method::kGet,
          .url = target.url("manifests/" + candidate.digest.to_string()),
          .accept = candidate.media_type,
          .max_body = oci::kMaxSignatureManifestBytes,
          .redirects = Ask::Redirects::kAnywhere};
  const http::Asked what(ask.method, ask.url);
  auto response = co_await exchange_.ask(target, std::move(ask), deadline);
  if (!response) co_return of_candidate(std::move(response).error());
  if (response->status != 200) co_return of_candidate(status_error(what.text(), *response));
  auto type = content_type(*response);
  if (!type) co_return std::move(type).error().while_doing(what.text());
  if (!is_generic_type(*type) && *type != candidate.media_type) {
    co_return Error(Outcome::kRegistryMisbehaved, "BAD_RESPONSE",
                    what.text() + ": answered with " + printable(*type, 128) + ", listed as " +
                        printable(candidate.media_type, 128));
  }
  auto envelope = envelope_of(candidate, subject, response->body);
  if (!envelope) co_return std::move(envelope).error().while_doing(name);
  ports::FetchedSignature fetched{.media_type = envelope->media_type, .envelope = {}};
  if (auto bytes = inline_envelope(*envelope)) {
    fetched.envelope = *std::move(bytes);
    co_return fetched;
  }
  auto bytes = co_await fetch_envelope(target, *envelope, deadline);
  if (!bytes) co_return of_candidate(std::move(bytes).error());
  fetched.envelope = *std::move(bytes);
  co_return fetched;
}

Task<Bytes> RegistryMachinery::Impl::fetch_envelope(const Target& target,
                                                    const oci::Descriptor& envelope,
                                                    Deadline deadline) {
  Ask ask{.kind = ports::ExchangeKind::kBlob,
          .method = http::Method::kGet,
          .url = target.url("blobs/" + envelope.digest.to_string()),
          .accept = "*/*",
          .max_body = envelope.size,
          .redirects = Ask::Redirects::kAnywhere};
  const http::Asked what(ask.method, ask.url);
  auto response = co_await exchange_.ask(target, std::move(ask), deadline);
  if (!response) co_return std::move(response).error();
  if (response->status != 200) co_return status_error(what.text(), *response);
  if (auto status = check_content(envelope, response->body); !status) {
    co_return std::move(status).error().while_doing(what.text());
  }
  const BytesView content = as_bytes(response->body);
  co_return Bytes(content.begin(), content.end());
}

RegistryMachinery::RegistryMachinery(http::Transport& transport, TaskSet& tasks, Options options)
    : impl_(std::make_unique<Impl>(transport, tasks, std::move(options))) {}

RegistryMachinery::~RegistryMachinery() = default;

RegistryClient::RegistryClient(RegistryMachinery& machinery,
                               std::shared_ptr<const Endpoints> endpoints,
                               std::shared_ptr<ports::CredentialSource> credentials,
                               ports::Access access)
    : machinery_(machinery),
      endpoints_(std::move(endpoints)),
      credentials_(credentials ? std::move(credentials)
                               : std::make_shared<DockerCredentials>(endpoints_)),
      access_(access) {}

Result<Target> RegistryClient::target_of(const oci::ImageReference& image,
                                         ports::Trace* trace) const {
  COUNTERSIGN_TRY(Endpoint endpoint, endpoints_->of(image.registry()));
  return Target{.endpoint = std::move(endpoint),
                .repository = image.repository(),
                .credentials = credentials_,
                .access = access_,
                .trace = trace};
}

Task<ports::Subject> RegistryClient::resolve(oci::ImageReference image, Deadline deadline,
                                             ports::Trace* trace) {
  COUNTERSIGN_CO_TRY(Target target, target_of(image, trace));
  auto subject = co_await machinery_.impl_->resolve(std::move(target), std::move(image), deadline);
  co_return subject;
}

Task<ports::SignatureList> RegistryClient::list_signatures(oci::ImageReference image,
                                                           ports::Subject subject,
                                                           Deadline deadline, ports::Trace* trace) {
  COUNTERSIGN_CO_TRY(Target target, target_of(image, trace));
  auto list =
      co_await machinery_.impl_->lister().list(std::move(target), std::move(subject), deadline);
  co_return list;
}

Task<ports::SignatureList> RegistryClient::list_rest(oci::ImageReference image,
                                                     ports::Subject subject, Deadline deadline,
                                                     ports::Trace* trace) {
  COUNTERSIGN_CO_TRY(Target target, target_of(image, trace));
  auto list = co_await machinery_.impl_->lister().list_rest(std::move(target), std::move(subject),
                                                            deadline);
  co_return list;
}

Task<ports::FetchedSignature> RegistryClient::fetch_signature(oci::ImageReference image,
                                                              ports::Subject subject,
                                                              oci::Descriptor candidate,
                                                              Deadline deadline,
                                                              ports::Trace* trace) {
  COUNTERSIGN_CO_TRY(Target target, target_of(image, trace));
  auto fetched = co_await machinery_.impl_->fetch(std::move(target), std::move(subject),
                                                  std::move(candidate), deadline);
  co_return fetched;
}

}  // namespace countersign::registry
