import type { Address, Endpoint } from "../../core/address.ts";
import type { Transport } from "../transport.ts";

/** The test runner's functions; those of vitest and jest fit as they are. */
export interface ContractRunner {
  describe(name: string, body: () => void): void;
  test(name: string, body: () => Promise<void>): void;
  afterAll(body: () => Promise<void>): void;
  expect(
    value: unknown,
    note?: string,
  ): {
    toEqual(expected: unknown): void;
  };
}

/** What a harness can do to the far process. A test that needs what is missing is not registered. */
export interface ContractFaults {
  /** The process ends without a word (SIGKILL). */
  readonly kill: boolean;
  /** The process is stopped and its kernel goes on (SIGSTOP). */
  readonly hang: boolean;
  /** Nothing passes between the two processes, in either direction. */
  readonly cut: boolean;
}

/** How the suite gets hold of a transport. One for each transport and set of options. */
export interface ContractHarness {
  readonly name: string;
  readonly faults: ContractFaults;
  /** Opening an address twice is `E_ADDRESS_IN_USE`. */
  readonly exclusiveAddresses: boolean;
  /** By the test's name, why this transport does not pass it. The suite checks that it still does not. */
  readonly deviations?: Readonly<Record<string, string>> | undefined;
  /** A network of its own for one test. */
  start(): Promise<ContractNetwork>;
  /** After the last test. */
  close(): Promise<void>;
}

/** One test's network: the process of the test at one end, far processes at the other. */
export interface ContractNetwork {
  /** A transport in the process of the test. The suite closes it. */
  near(): Promise<Transport>;
  /** Where to open the next port: a free address, or port 0. */
  listen(): Address;
  /** An address at which nobody listens. */
  unanswered(): Address;
  /** Another process with the same transport, running `FarHandler`. */
  far(): Promise<FarNode>;
  /** Lets this much time pass: by waiting, or by moving the virtual clock. */
  advance(ms: number): Promise<void>;
  nowUs(): number;
  /** Ends the far processes. Everything near is closed by then. */
  end(): Promise<void>;
  /** Sockets and timers that the test left open; empty in virtual time. */
  leaks(): Promise<readonly string[]>;
}

/** A message as the far process got it. */
export interface FarMessage {
  readonly id: number;
  readonly from: Endpoint;
  /** Of its ballast; 0 for a tick. */
  readonly bytes: number;
}

/** The process at the other end. */
export interface FarNode {
  readonly endpoint: Endpoint;
  /** What it has got, in order. Not while it hangs. */
  received(): Promise<readonly FarMessage[]>;
  kill(): Promise<void>;
  hang(): Promise<void>;
  resume(): Promise<void>;
  cut(): Promise<void>;
  heal(): Promise<void>;
  /** After `kill`: a new process at the same address. */
  restart(): Promise<FarNode>;
}
