import type { MemberTimer, World } from "../core/world.ts";
import type { OverlayOptions } from "./options.ts";
import type { Member } from "./overlay.ts";

/** Each repair that finds nothing wrong puts the next one off by this factor. */
const PACE = 1.5;
/** Higher than any level: the ring above a member's top. */
const LEVEL_ABOVE_TOP = 255;
/** Of so many turns at rest one is thorough: a prime, so that each level has its turn. */
const THOROUGH_TURNS = 5;

/**
 * When a member repairs, and which level: one level a turn, from where something was found wrong
 * upwards, then round and round; often at first, ever more rarely while nothing is found.
 */
export class RepairPace {
  /** From one turn to the next, by how often that time has been stretched: up to the period. */
  readonly #turnUs: readonly number[];
  readonly #timer: MemberTimer;
  readonly #random: { float(): number };
  #nextLevel = new Uint8Array(1);
  /** How often the time between two turns has been stretched. */
  #stretched = new Uint8Array(1);
  /** Turns at rest since the last thorough one. */
  #turns = new Uint8Array(1);
  /** 1: something was found wrong lately. */
  #alarmed = new Uint8Array(1);

  constructor(world: World, options: OverlayOptions, onTurn: (member: Member) => void) {
    this.#turnUs = stretchedUs(options);
    this.#timer = world.timer("overlay.repair", (member) => onTurn(member as Member));
    this.#random = world.random("overlay.repair");
  }

  /** The member has joined: first the ring above its top, which another may have founded at the same moment. */
  start(member: Member): void {
    this.#reserve(member);
    this.#nextLevel[member] = LEVEL_ABOVE_TOP;
    this.#stretched[member] = 0;
    this.#turns[member] = 1;
    this.#alarmed[member] = 0;
    this.arm(member);
  }

  stop(member: Member): void {
    this.#timer.cancel(member);
  }

  /** A pointer of this level was wrong: those above may be wrong for it. */
  alarm(member: Member, level: number): void {
    this.#reserve(member);
    this.#nextLevel[member] = level;
    this.#stretched[member] = 0;
    this.#alarmed[member] = 1;
    this.arm(member);
  }

  /** How far the repair of a member is, without the moment of its next turn. */
  save(member: Member): readonly [nextLevel: number, stretched: number, alarmed: number] {
    const at = (column: Uint8Array): number => column[member] ?? 0;
    return [at(this.#nextLevel), at(this.#stretched), at(this.#alarmed)];
  }

  /** Goes on with the repair of a member where it was saved; its next turn is drawn anew. */
  load(member: Member, [nextLevel = 0, stretched = 0, alarmed = 0]: Iterable<number>): void {
    this.#reserve(member);
    this.#nextLevel[member] = nextLevel;
    this.#stretched[member] = Math.min(stretched, this.#turnUs.length - 1);
    this.#alarmed[member] = alarmed === 0 ? 0 : 1;
    this.arm(member);
  }

  /** Whether something was found wrong since the member was last at rest. */
  isAlarmed(member: Member): boolean {
    return this.#alarmed[member] === 1;
  }

  /** Whether this turn trusts nobody's word. */
  isThorough(member: Member): boolean {
    return this.#turns[member] === 0;
  }

  /** The level of this turn: at most the one above the top, after which it begins at 0 again. */
  takeLevel(member: Member, top: number): number {
    const level = Math.min(this.#nextLevel[member] as number, top + 1);
    this.#nextLevel[member] = level > top ? 0 : level + 1;
    if (this.#stretched[member] === this.#turnUs.length - 1) {
      this.#turns[member] = ((this.#turns[member] as number) + 1) % THOROUGH_TURNS;
    }
    return level;
  }

  /**
   * Arms the next turn after one that saw to this level. An alarm ends when it has gone up through all
   * levels and nothing more was found wrong.
   */
  next(member: Member, level: number, top: number): void {
    if (level > top) this.#alarmed[member] = 0;
    this.arm(member);
  }

  /** Arms a turn. */
  arm(member: Member): void {
    const stretched = this.#stretched[member] as number;
    const us = this.#turnUs[stretched] as number;
    if (stretched < this.#turnUs.length - 1) this.#stretched[member] = stretched + 1;
    this.#timer.arm(member, Math.round(us * (0.75 + this.#random.float() / 2)));
  }

  #reserve(member: Member): void {
    if (member < this.#nextLevel.length) return;
    const size = Math.max(this.#nextLevel.length * 2, member + 1);
    const grown = (from: Uint8Array): Uint8Array<ArrayBuffer> => {
      const to = new Uint8Array(size);
      to.set(from);
      return to;
    };
    this.#nextLevel = grown(this.#nextLevel);
    this.#stretched = grown(this.#stretched);
    this.#turns = grown(this.#turns);
    this.#alarmed = grown(this.#alarmed);
  }
}

function stretchedUs({ firstRepairMs, repairPeriodMs }: OverlayOptions): readonly number[] {
  const us: number[] = [];
  for (let ms = firstRepairMs; ms < repairPeriodMs; ms *= PACE) us.push(ms * 1000);
  return [...us, repairPeriodMs * 1000];
}
