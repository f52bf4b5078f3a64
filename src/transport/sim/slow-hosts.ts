/** Messages that wait at one slow host; the rest is lost, as in a full socket buffer. */
export const SERVICE_QUEUE_MAX = 1_024;

interface Service {
  readonly serviceUs: number;
  /** When it has handled all that waits. */
  freeUs: number;
  waiting: number;
}

/**
 * Hosts that take time to handle a message: one after the other, in order of arrival. Arrival is what
 * a sender is told of, and probes are answered as ever: a slow process is not a dead one. Timers run on time.
 */
export class SlowHosts {
  /** BOUNDED: one entry a host. */
  readonly #services = new Map<number, Service>();

  has(host: number): boolean {
    return this.#services.has(host);
  }

  /** 0: no longer slow; what waits is handled when it was to be. */
  set(host: number, serviceUs: number): void {
    if (serviceUs > 0) this.#services.set(host, { serviceUs, freeUs: 0, waiting: 0 });
    else this.#services.delete(host);
  }

  /** When a message that arrives now will have been handled, from now; `undefined`: there is no room. */
  admitUs(host: number, nowUs: number): number | undefined {
    const service = this.#services.get(host);
    if (service === undefined || service.waiting >= SERVICE_QUEUE_MAX) return undefined;
    service.waiting++;
    service.freeUs = Math.max(service.freeUs, nowUs) + service.serviceUs;
    return service.freeUs - nowUs;
  }

  /** One was handled. */
  served(host: number): void {
    const service = this.#services.get(host);
    if (service !== undefined && service.waiting > 0) service.waiting--;
  }
}
