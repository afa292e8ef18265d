#pragma once
/// libcurl's multi interface driven by Asio. Internal to adapters/http.
///
/// libcurl says which descriptors it wants watched and when it wants to be woken; Asio watches and
/// wakes. What makes this delicate, and what the code below keeps to (oci-registry 6.4):
///  - any descriptor may be named, also the resolver's socket pair, and numbers are reused at once.
///  So a completed wait
///    is believed only if its Watch object is still the one that is registered, never by number;
///  - descriptors belong to libcurl: a Watch releases its descriptor and never closes it;
///  - waits are one-shot and are re-armed as long as libcurl wants them;
///  - callbacks from libcurl never call libcurl: they only note what is wanted. Whatever ends a
///  transfer is posted;
///  - a failed multi handle is of no further use: its transfers fail, and a new one is built.
///
/// Everything here runs on the one thread of its io_context.

#include <curl/curl.h>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>

#include "async/task.hpp"
#include "async/timer.hpp"

namespace countersign::http {

class CurlLoop {
 public:
  explicit CurlLoop(Executor executor);
  CurlLoop(const CurlLoop&) = delete;
  CurlLoop& operator=(const CurlLoop&) = delete;
  /// Transfers that still run end with CURLE_ABORTED_BY_CALLBACK.
  ~CurlLoop();

  /// Runs one transfer. The handle and all that it points to outlive the awaiting coroutine's
  /// resumption. Ends with CURLE_ABORTED_BY_CALLBACK if it is cancelled.
  asio::awaitable<CURLcode, Executor> perform(CURL* easy) {
    return asio::async_initiate<const asio::use_awaitable_t<Executor>, void(CURLcode)>(
        [this, easy](auto handler) {
          auto slot = asio::get_associated_cancellation_slot(handler);
          const std::uint64_t id =
              start(easy, [handler = std::move(handler), slot](CURLcode code) mutable {
                // A late cancellation must not hit whoever uses the handle next.
                if (slot.is_connected()) slot.clear();
                std::move(handler)(code);
              });
          if (id != 0 && slot.is_connected()) {
            slot.assign([alive = alive_, easy, id](asio::cancellation_type /*type*/) {
              if (*alive != nullptr) (*alive)->cancel(easy, id);
            });
          }
        },
        asio::use_awaitable_t<Executor>{});
  }

  /// Ends a transfer as one that took too long. Nothing happens if it has ended.
  void time_out(CURL* easy);
  /// Points to this object, and to nothing once it is gone.
  [[nodiscard]] std::shared_ptr<CurlLoop* const> handle() const noexcept { return alive_; }

  [[nodiscard]] std::size_t live_transfers() const noexcept { return live_.size(); }
  /// How often a failed multi handle was replaced.
  [[nodiscard]] unsigned rebuilt() const noexcept { return rebuilt_; }
  /// The failure that libcurl would report, for tests.
  void fail_for_test() { rebuild(); }

 private:
  struct Watch;
  using Completion = std::move_only_function<void(CURLcode)>;
  struct Live {
    std::uint64_t id;
    Completion done;
    asio::executor_work_guard<Executor>
        work;  // the awaiting coroutine is not known to the io_context
  };

  static int on_socket(CURL* easy, curl_socket_t socket, int what, void* self,
                       void* unused) noexcept;
  static int on_timer(CURLM* multi, long milliseconds, void* self) noexcept;

  void build();
  void rebuild();
  /// Returns 0 if the transfer has already ended.
  std::uint64_t start(CURL* easy, Completion done);
  void cancel(CURL* easy, std::uint64_t id);
  void finish(CURL* easy, CURLcode code);
  void fail_all(CURLcode code);
  void act(curl_socket_t socket, int events);
  void arm(const std::shared_ptr<Watch>& watch);
  void wait(const std::shared_ptr<Watch>& watch, int direction);
  void forget(const std::shared_ptr<Watch>& watch);

  Executor executor_;
  CURLM* multi_ = nullptr;
  Timer timer_;
  std::uint64_t timer_generation_ = 0;
  std::uint64_t next_id_ = 1;
  unsigned rebuilt_ = 0;
  /// Null once this object is gone; handlers that outlive it look here first.
  std::shared_ptr<CurlLoop*> alive_ = std::make_shared<CurlLoop*>(this);
  std::unordered_map<curl_socket_t, std::shared_ptr<Watch>> watches_;
  std::unordered_map<CURL*, Live> live_;
};

}  // namespace countersign::http
