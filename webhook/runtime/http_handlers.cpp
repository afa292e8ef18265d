#include "runtime/http_handlers.hpp"

#include "admission/timeout.hpp"
#include "base/text.hpp"
#include "oci/media_type.hpp"

namespace countersign::runtime {
namespace {

/// A worker whose loop has not turned for this long is stuck.
constexpr std::int64_t kStuckSeconds = 20;

struct Target {
  std::string_view path;  ///< without a trailing slash
  std::string_view query;
};

Target split(std::string_view target) {
  const std::size_t mark = target.find('?');
  Target out{.path = target.substr(0, mark),
             .query = mark == std::string_view::npos ? "" : target.substr(mark + 1)};
  while (out.path.size() > 1 && out.path.ends_with('/')) out.path.remove_suffix(1);
  return out;
}

void say(server::Reply& reply, unsigned status, std::string_view text) {
  reply.status = status;
  reply.content_type = "text/plain; charset=utf-8";
  reply.body = std::string(text) + "\n";
}

}  // namespace

std::int64_t seconds_of(const Clock& clock) {
  return std::chrono::duration_cast<std::chrono::seconds>(clock.now().time_since_epoch()).count();
}

asio::awaitable<void, Executor> AdmissionHandler::handle(const server::Request& request,
                                                         server::Reply& reply) {
  const Target target = split(request.target);
  if (target.path != "/validate") {
    say(reply, 404, "unknown path; AdmissionReviews go to /validate");
    co_return;
  }
  if (request.method != "POST") {
    say(reply, 405, "want POST");
    reply.extra_headers = "Allow: POST\r\n";
    co_return;
  }
  if (!oci::media_type::has_essence(request.content_type, "application/json")) {
    say(reply, 415, "want Content-Type: application/json");
    co_return;
  }
  const auto answered =
      co_await reviews_->answer(request.body, request.spare, request.received,
                                admission::timeout_of_query(target.query), reply.body);
  if (answered.refusal.http_status != 0)
    say(reply, answered.refusal.http_status, answered.refusal.message);
}

asio::awaitable<void, Executor> OpsHandler::handle(const server::Request& request,
                                                   server::Reply& reply) {
  const Target target = split(request.target);
  if (request.method != "GET" && request.method != "HEAD") {
    say(reply, 405, "want GET");
    reply.extra_headers = "Allow: GET, HEAD\r\n";
  } else if (target.path == "/livez") {
    livez(reply);
  } else if (target.path == "/readyz") {
    readyz(target.query, reply);
  } else if (target.path == "/metrics") {
    facts_.metrics->set_in_flight(facts_.in_flight->flights(), facts_.in_flight->waiting());
    facts_.metrics->count_coalesced(facts_.in_flight->coalesced());
    reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
    reply.body = facts_.metrics->text();
  } else {
    say(reply, 404, "unknown path; there are /livez, /readyz and /metrics");
  }
  co_return;
}

void OpsHandler::livez(server::Reply& reply) const {
  const std::int64_t now = seconds_of(*facts_.clock);
  for (std::size_t i = 0; i < facts_.heartbeats->size(); ++i) {
    const std::int64_t silent = now - (*facts_.heartbeats)[i].load();
    if (silent <= kStuckSeconds) continue;
    say(reply, 503,
        "worker " + std::to_string(i) + " has been stuck for " + std::to_string(silent) + " s");
    return;
  }
  say(reply, 200, "ok");
}

void OpsHandler::readyz(std::string_view query, server::Reply& reply) const {
  const bool draining = facts_.server->draining.load();
  say(reply, draining ? 503 : 200, draining ? "shutting down" : "ok");
  if (query != "verbose") return;
  reply.body += "configuration: " + facts_.configuration_file + ", generation " +
                std::to_string(facts_.generation->load()) + "\n";
  reply.body += "certificate: until " + facts_.certificate_not_after + "\n";
  reply.body += "connections: " + std::to_string(facts_.server->connections.load()) + "\n";
  reply.body += "verifications: " + std::to_string(facts_.in_flight->flights()) + "\n";
}

}  // namespace countersign::runtime
