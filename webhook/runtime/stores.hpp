#pragma once
/// What lives as long as the process: what was learnt, what is under way, and the bounds on it.
///
/// Each part stands behind its own lock, which is never held over a co_await or over I/O. It knows
/// no generation: what depends on one is kept under an id of it (verify::TrustId, the path of a
/// folder), so that a new configuration neither empties the caches nor doubles the bounds.

#include "adapters/plugin/plugin_set.hpp"
#include "adapters/registry/memory.hpp"
#include "adapters/responders/shared_store.hpp"
#include "async/back_room.hpp"
#include "async/semaphore.hpp"
#include "verify/in_flight.hpp"
#include "verify/last_good.hpp"

namespace countersign::runtime {

struct Stores {
  verify::InFlight in_flight{{}};
  verify::LastGood last_good;
  Semaphore plugin_processes{plugin::kMaxProcesses};
  responders::SharedStore revocation;
  registry::Memory registries;
  /// Last: what runs in it ends before anything that it might use.
  BackRoom back_room;
};

}  // namespace countersign::runtime
