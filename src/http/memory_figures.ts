// The `memory` part of /stats. Its keys are figures of Go's runtime; each is filled with what V8 has nearest to it, so
// that graphs made for upstream go on showing something true, and 0 where V8 tells nothing.

import { getHeapStatistics } from "node:v8";
import type { GcWatch } from "../base/gc_watch.ts";

/** Memory of the process by upstream's keys; bytes, unless the name says otherwise. */
export interface MemoryFigures {
  /** Always 0: V8 does not count objects. */
  heap_objects: number;
  /** Heap that is reserved and holds nothing. */
  heap_idle_bytes: number;
  /** Heap in use and the buffers outside it, where the messages are. */
  heap_in_use_bytes: number;
  /** Heap reserved that the system need not back with memory. */
  heap_released_bytes: number;
  /** Pauses of the latest collections; 0, as all `gc_` figures, unless statsd or /metrics have them watched. */
  gc_pause_usec_100: number;
  gc_pause_usec_99: number;
  gc_pause_usec_95: number;
  /** The heap's present size: V8 collects when it is full. */
  next_gc_bytes: number;
  gc_total_runs: number;
}

/** The figures of now; `gc` knows of collections. */
export function memoryFigures(gc: Pick<GcWatch, "count" | "pauseMs">): MemoryFigures {
  const pauseUs = (percent: number) => Math.round(gc.pauseMs(percent) * 1000);
  const heap = getHeapStatistics();
  const notBacked = heap.total_heap_size - heap.total_physical_size;
  return {
    heap_objects: 0,
    heap_idle_bytes: Math.max(0, heap.total_heap_size - heap.used_heap_size),
    heap_in_use_bytes: heap.used_heap_size + heap.external_memory,
    heap_released_bytes: Math.max(0, notBacked),
    gc_pause_usec_100: pauseUs(100),
    gc_pause_usec_99: pauseUs(99),
    gc_pause_usec_95: pauseUs(95),
    next_gc_bytes: heap.total_heap_size,
    gc_total_runs: gc.count,
  };
}
