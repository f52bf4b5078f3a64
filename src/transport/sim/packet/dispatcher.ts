import { Fifo } from "../../udp/messages/fifo.ts";
import { HUNG, UP } from "../hosts.ts";
import { CALL, INTERNAL, TIMER, WORD_FROM, WORD_OBJECT, WORD_TO, WORD_TOKEN } from "../kernel.ts";
import { RECORD_WORDS } from "../record-pages.ts";
import type { TimerKinds } from "../sim-world.ts";
import {
  KIND_ACTION,
  KIND_ARRIVE,
  KIND_DELIVER,
  KIND_HANDLE,
  KIND_WAKE,
  type PacketKernel,
  WORD_BYTES,
} from "./kernel.ts";
import type { PacketNetwork } from "./network.ts";
import { contentHash } from "./packet-hash.ts";
import type { Process, Processes } from "./processes.ts";
import type { SimulatedPort } from "./simulated-port.ts";

/** Hands each popped event to whom it concerns, and lets ports send at its end. */
export class PacketDispatcher {
  readonly #kernel: PacketKernel;
  readonly #network: PacketNetwork;
  readonly #processes: Processes;
  readonly #kinds: TimerKinds;
  /** Ports with something to send or tell. BOUNDED: a port stands in it once. */
  readonly #touched = new Fifo<SimulatedPort>();

  constructor(
    kernel: PacketKernel,
    network: PacketNetwork,
    processes: Processes,
    kinds: TimerKinds,
  ) {
    this.#kernel = kernel;
    this.#network = network;
    this.#processes = processes;
    this.#kinds = kinds;
  }

  readonly touch = (port: SimulatedPort): void => {
    this.#touched.push(port);
  };

  /** What the last event, and the continuations it let run, left to send. */
  flush(): void {
    while (this.#touched.size > 0) this.#touched.shift()?.flush();
  }

  /** The event that the queue has just popped. */
  dispatch(): void {
    const k = this.#kernel;
    const { queue } = k;
    const { record, at } = queue;
    k.nowUs = queue.nowUs;
    const from = record[at + WORD_FROM] as number;
    const to = record[at + WORD_TO] as number;
    k.digest.add(record[at] as number, record[at + 1] as number, from, to);
    switch (queue.kind) {
      case KIND_ARRIVE:
        this.#network.arrive(record, at);
        return;
      case KIND_DELIVER: {
        const packet = k.objects.get(record[at + WORD_OBJECT] as number);
        const ports = record[at + WORD_TOKEN] as number;
        k.digest.add(contentHash(packet), record[at + WORD_BYTES] as number, ports, 0);
        this.#network.deliver(record, at);
        return;
      }
      case KIND_HANDLE:
        this.#network.handleWaiting(record, at);
        return;
      case KIND_WAKE:
        this.#processes.get(from)?.attached?.wake();
        return;
      case KIND_ACTION:
        (k.objects.take(record[at + WORD_OBJECT] as number) as () => void)();
        return;
      case INTERNAL:
        this.#internal(record, at, from);
    }
  }

  /** A timer or a call of a process's world. */
  #internal(record: Int32Array, at: number, number: number): void {
    const k = this.#kernel;
    const process = this.#processes.get(number);
    const token = record[at + WORD_TOKEN] as number;
    const event = token & 0xff;
    if (process?.state === HUNG) {
      process.held.push(record.slice(at, at + RECORD_WORDS));
      return;
    }
    if (event === CALL) {
      const entry = k.objects.take(record[at + WORD_OBJECT] as number) as { run?: () => void };
      if (process?.state === UP) entry.run?.();
    } else if (event === TIMER && process?.state === UP) {
      const kind = this.#kinds.get(token >>> 8);
      if (kind?.comesUp(k, number) === true) kind.callbacks[process.instance]?.(process.member);
    }
  }

  /** The timers that came up while the process was stopped happen now, in their order. */
  release(process: Process): void {
    const k = this.#kernel;
    for (const record of process.held.splice(0)) {
      const token = record[WORD_TOKEN] as number;
      const at = k.queue.push(k.nowUs, INTERNAL);
      const words = k.queue.target;
      for (let i = WORD_FROM; i < RECORD_WORDS; i++) words[at + i] = record[i] as number;
      const kind = (token & 0xff) === TIMER ? this.#kinds.get(token >>> 8) : undefined;
      if (kind !== undefined) kind.queuedUs[process.number] = k.nowUs;
    }
  }
}
