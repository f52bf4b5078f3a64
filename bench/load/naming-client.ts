import type { OperationEnd } from "./operation.ts";

/** The naming service as the load sees it. No call rejects. */
export interface NamingClient {
  put(path: string, value: Uint8Array, deadlineUs: number): Promise<OperationEnd>;
  /** `value` undefined after a definite answer: there is no such name. */
  get(path: string, deadlineUs: number): Promise<NamingRead<Uint8Array>>;
  /** The names of the entries, all pages. */
  list(path: string, deadlineUs: number): Promise<NamingRead<readonly string[]>>;
  remove(path: string, deadlineUs: number): Promise<OperationEnd>;
}

export interface NamingRead<T> {
  readonly end: OperationEnd;
  readonly value: T | undefined;
}
