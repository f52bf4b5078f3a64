/** Events between two checkpoints of the digest. */
export const CHECKPOINT_EVENTS: number = 2 ** 20;
const NEVER = Number.POSITIVE_INFINITY;

/** An event as people read it, before it is handled. */
export interface SimEvent {
  /** Counted from 1 through the whole run. */
  readonly number: number;
  readonly atUs: number;
  /** A message type or what else happens: `overlay.routeByName`, `timer overlay.repair`. */
  readonly what: string;
  /** Hosts, by number. Of what is no message: the host it happens to, and whom it is about. */
  readonly from: number;
  readonly to: number;
  /** Tells contents apart that have all else in common: a token, a hash. */
  readonly detail: number;
}

/** Is shown events. What it throws ends the run. */
export interface EventObserver {
  /** Number of the first event that it wants to see. */
  readonly fromEvent: number;
  /** And of the last; left out: all from there on. */
  readonly toEvent?: number | undefined;
  onEvent(event: SimEvent): void;
}

/** What the count needs of a simulation whose queue has just popped an event. */
export interface PoppedEvent {
  /** The digest over the events before it. */
  digest(): string;
  describe(): Omit<SimEvent, "number">;
}

/**
 * Counts the events of a run, keeps the digest at checkpoints, and shows events to an observer. All
 * that costs one comparison an event.
 */
export class EventCount {
  /** Events popped so far, the one being handled included. */
  count = 0;
  /** The digest after each `everyEvents` events. BOUNDED: one for so many events. */
  readonly checkpoints: string[] = [];
  readonly #popped: PoppedEvent;
  #everyEvents = CHECKPOINT_EVENTS;
  #observer: EventObserver | undefined;
  /** Something is to be done before the event that follows so many. */
  #lookAt = CHECKPOINT_EVENTS;

  constructor(popped: PoppedEvent) {
    this.#popped = popped;
  }

  get everyEvents(): number {
    return this.#everyEvents;
  }

  /** Sets how often checkpoints are kept; before the first event. */
  checkpointEvery(events: number): void {
    this.#everyEvents = events;
    this.#plan(0);
  }

  /** Shows the events from `observer.fromEvent` on; before that event. One observer a run. */
  observe(observer: EventObserver): void {
    this.#observer = observer;
    this.#plan(this.count);
  }

  /** An event was popped; it has not been handled, and the digest does not know it. */
  popped(): void {
    if (this.count++ === this.#lookAt) this.#look(this.count - 1);
  }

  #look(before: number): void {
    if (before > 0 && before % this.#everyEvents === 0)
      this.checkpoints.push(this.#popped.digest());
    this.#plan(before + 1);
    const observer = this.#observer;
    const number = before + 1;
    if (observer === undefined || number < observer.fromEvent) return;
    if (number <= (observer.toEvent ?? NEVER)) {
      observer.onEvent({ number, ...this.#popped.describe() });
    }
  }

  #plan(from: number): void {
    const every = this.#everyEvents;
    const checkpoint = Math.max(1, Math.ceil(from / every)) * every;
    const { fromEvent = NEVER, toEvent = NEVER } = this.#observer ?? {};
    const observed = Math.max(from + 1, fromEvent);
    this.#lookAt = Math.min(checkpoint, observed > toEvent ? NEVER : observed - 1);
  }
}
