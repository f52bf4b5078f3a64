import { SkipnetError } from "../../../core/errors.ts";
import { formatDurationUs, parseDurationUs } from "../../../core/units.ts";
import { parseShare } from "../faults/spec.ts";
import { type Law, lawOfMean, lawOfMedian } from "./lifetimes.ts";

/** How nodes come and go. */
export interface ChurnModel {
  readonly session: Law;
  /** Of absences; a fixed law of 0 means that another node comes at once. */
  readonly downtime: Law;
  /** Each place draws mean session and mean absence of its own first, by the same laws. */
  readonly isTwoLevel: boolean;
  /** Who comes back: a new node at a new address, or the same one. */
  readonly rejoin: "new" | "same";
  /** Share of sessions that end by a polite leave; the others crash. */
  readonly politeShare: number;
}

interface Preset {
  readonly source: string;
  readonly model: ChurnModel;
}

const HOUR = 3_600;
const sameFor = (session: Law): ChurnModel => ({
  session,
  downtime: session,
  isTwoLevel: false,
  rejoin: "new",
  politeShare: 0,
});
const weibullMinutes = (shape: number, minutes: number): ChurnModel =>
  sameFor({ kind: "weibull", shape, scale: minutes * 60 });
const atOnce = (median: number): ChurnModel => ({
  ...sameFor(lawOfMedian("exponential", 1, median)),
  downtime: { kind: "fixed", mean: 0 },
});

/** Churn that has been measured or simulated before, by name. */
export const CHURN_PRESETS: Readonly<Record<string, Preset>> = {
  infocom05: {
    source: "Li et al., INFOCOM 2005: life and death exponential, 1 h each, new identity",
    model: sameFor({ kind: "exponential", mean: HOUR }),
  },
  "p2psim-pareto": {
    source: "p2psim's churn generator: Pareto, shape 1, scale 1800 s; shifted here",
    model: sameFor({ kind: "pareto", shape: 1, scale: 1_800 }),
  },
  kad: {
    source: "Heep, R/Kademlia, 2010: Weibull, shape 0.5, mean 10,000 s",
    model: sameFor(lawOfMean("weibull", 0.5, 10_000)),
  },
  redhat: {
    source: "Stutzbach & Rejaie, IMC 2006, BitTorrent: Weibull 0.34, 21.3 min",
    model: weibullMinutes(0.34, 21.3),
  },
  debian: {
    source: "Stutzbach & Rejaie, IMC 2006, BitTorrent: Weibull 0.38, 42.4 min",
    model: weibullMinutes(0.38, 42.4),
  },
  flatout: {
    source: "Stutzbach & Rejaie, IMC 2006, BitTorrent: Weibull 0.59, 41.9 min",
    model: weibullMinutes(0.59, 41.9),
  },
  oversim: {
    source: "OverSim's ParetoChurn: shifted Pareto, shape 3, two levels; mean 10,000 s here",
    model: { ...sameFor(lawOfMean("pareto", 3, 10_000)), isTwoLevel: true },
  },
  gnutella: {
    source: "Rhea et al., USENIX 2004, table 1: median session 60 min (Gnutella, Napster, Overnet)",
    model: atOnce(HOUR),
  },
  kazaa: {
    source: "Rhea et al., USENIX 2004, table 1: median session 2.4 min (Kazaa)",
    model: atOnce(144),
  },
  bamboo: {
    source: "Rhea et al., USENIX 2004: the shortest median session that Bamboo stands, 1.4 min",
    model: atOnce(84),
  },
};

const LAWS = ["exponential", "pareto", "weibull"] as const;
const PARETO_SHAPE = 3;
const WEIBULL_SHAPE = 0.5;
const KEYS = ["mean", "median", "shape", "scale", "down", "levels", "rejoin", "polite"] as const;
type Key = (typeof KEYS)[number];

/**
 * Reads a preset's name or `LAW:KEY=VALUE,…`, as `exponential:mean=1h` or `weibull:shape=0.5,mean=10000s,rejoin=same`;
 * keys may follow a preset too: `kad:polite=30%`. Throws `E_OPTIONS`.
 */
export function parseChurn(text: string): ChurnModel {
  const [name = "", ...rest] = text.split(":");
  const keys = keysOf(text, rest.join(":"));
  const preset = Object.hasOwn(CHURN_PRESETS, name) ? CHURN_PRESETS[name] : undefined;
  const law = LAWS.find((candidate) => candidate === name);
  if (preset !== undefined) return withKeys(preset.model, keys);
  if (law === undefined) {
    throw new SkipnetError(
      "E_OPTIONS",
      `no churn "${name.slice(0, 40)}"; there are ${[...LAWS, ...Object.keys(CHURN_PRESETS)].join(", ")}`,
    );
  }
  return withKeys(sameFor(sessionOf(law, keys)), keys);
}

function keysOf(text: string, list: string): ReadonlyMap<Key, string> {
  const keys = new Map<Key, string>();
  if (list === "") return keys;
  for (const part of list.split(",")) {
    const [written = "", ...value] = part.split("=");
    const key = KEYS.find((candidate) => candidate === written);
    if (key === undefined) {
      throw new SkipnetError(
        "E_OPTIONS",
        `churn has no key "${written.slice(0, 40)}"; it has ${KEYS.join(", ")}`,
      );
    }
    if (keys.has(key)) throw new SkipnetError("E_OPTIONS", `churn: ${key} is given twice`);
    if (value.length === 0) {
      throw new SkipnetError("E_OPTIONS", `churn: ${key} has no value in "${text.slice(0, 60)}"`);
    }
    keys.set(key, value.join("="));
  }
  return keys;
}

const seconds = (text: string): number => {
  const us = parseDurationUs(text);
  if (us >= 1e6) return us / 1e6;
  throw new SkipnetError(
    "E_OPTIONS",
    `"${text.slice(0, 40)}": sessions of ${formatDurationUs(us)} are shorter than joins; write 1s at least`,
  );
};

function shapeOf(law: (typeof LAWS)[number], text: string | undefined): number {
  if (law === "exponential") {
    if (text === undefined) return 1;
    throw new SkipnetError("E_OPTIONS", "an exponential law has no shape");
  }
  if (text === undefined) return law === "pareto" ? PARETO_SHAPE : WEIBULL_SHAPE;
  const shape = /^\d{1,3}(?:\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
  if (shape >= 0.2 && shape <= 100) return shape;
  throw new SkipnetError("E_OPTIONS", `churn: shape "${text.slice(0, 40)}" is not from 0.2 to 100`);
}

function sessionOf(kind: (typeof LAWS)[number], keys: ReadonlyMap<Key, string>): Law {
  const shape = shapeOf(kind, keys.get("shape"));
  const given = (["mean", "median", "scale"] as const).filter((key) => keys.has(key));
  const [how] = given;
  if (how === undefined || given.length > 1) {
    throw new SkipnetError("E_OPTIONS", `${kind} churn needs one of mean=, median= and scale=`);
  }
  const value = seconds(keys.get(how) as string);
  if (how === "median") return lawOfMedian(kind, shape, value);
  if (how === "scale" && kind !== "exponential") return { kind, shape, scale: value };
  if (kind === "pareto" && shape <= 1) {
    throw new SkipnetError(
      "E_OPTIONS",
      "a Pareto law of shape 1 or less has no mean; give median=",
    );
  }
  return lawOfMean(kind, shape, value);
}

/** What keys change of a model. */
function withKeys(model: ChurnModel, keys: ReadonlyMap<Key, string>): ChurnModel {
  const { session } = model;
  const down = keys.get("down");
  const polite = keys.get("polite");
  return {
    session,
    downtime: down === undefined ? model.downtime : downtimeOf(session, down),
    isTwoLevel: levelsOf(keys.get("levels"), model),
    rejoin: rejoinOf(keys.get("rejoin")) ?? model.rejoin,
    politeShare: polite === undefined ? model.politeShare : parseShare(polite),
  };
}

/** Absences by the law of sessions with another mean (where it has one, else median); 0: at once. */
function downtimeOf(session: Law, text: string): Law {
  const us = parseDurationUs(text);
  if (us === 0 || session.kind === "fixed") return { kind: "fixed", mean: us / 1e6 };
  if (session.kind === "exponential") return { kind: "exponential", mean: us / 1e6 };
  const { kind, shape } = session;
  if (kind === "pareto" && shape <= 1) return lawOfMedian(kind, shape, us / 1e6);
  return lawOfMean(kind, shape, us / 1e6);
}

function levelsOf(text: string | undefined, { isTwoLevel, session }: ChurnModel): boolean {
  if (text === undefined || text === "1") return text === undefined && isTwoLevel;
  if (text === "2" && session.kind === "pareto" && session.shape > 1) return true;
  throw new SkipnetError("E_OPTIONS", "levels= is 1, or for a Pareto law with a mean 2");
}

function rejoinOf(text: string | undefined): ChurnModel["rejoin"] | undefined {
  if (text === undefined || text === "new" || text === "same") return text;
  throw new SkipnetError("E_OPTIONS", `rejoin="${text.slice(0, 40)}" is not new or same`);
}
