import type { Transport } from "../transport.ts";
import type { ContractHarness, ContractNetwork, ContractRunner, FarNode } from "./harness.ts";
import { NearNode } from "./near-node.ts";

/** How long real time may take for what has no bound of its own: far above any honest duration. */
const PATIENCE_MS = 20_000;
const REAL_STEP_MS = 5;
const VIRTUAL_STEP_MS = 1;

/** One test's network, and what all tests do with it. */
export class Scene {
  readonly network: ContractNetwork;
  readonly #runner: ContractRunner;
  readonly #transports: Transport[] = [];
  readonly #nodes: NearNode[] = [];
  #virtual = false;

  constructor(network: ContractNetwork, runner: ContractRunner) {
    this.network = network;
    this.#runner = runner;
  }

  /** Fails the test unless they are deeply equal. */
  equal(value: unknown, expected: unknown, note: string): void {
    this.#runner.expect(value, note).toEqual(expected);
  }

  holds(condition: boolean, note: string): void {
    this.equal(condition, true, note);
  }

  async transport(): Promise<Transport> {
    const transport = await this.network.near();
    this.#virtual = transport.capabilities.virtualTime;
    this.#transports.push(transport);
    return transport;
  }

  async near(): Promise<NearNode> {
    const node = new NearNode(await this.transport(), () => this.network.nowUs());
    node.use(await node.transport.open(this.network.listen(), node));
    this.#nodes.push(node);
    return node;
  }

  far(): Promise<FarNode> {
    return this.network.far();
  }

  /** Lets time pass until the condition holds. */
  async until(
    note: string,
    condition: () => boolean | Promise<boolean>,
    patienceMs = PATIENCE_MS,
  ): Promise<void> {
    const stepMs = this.#virtual ? VIRTUAL_STEP_MS : REAL_STEP_MS;
    const startUs = this.network.nowUs();
    while (!(await condition())) {
      const waitedMs = (this.network.nowUs() - startUs) / 1000;
      this.holds(waitedMs < patienceMs, `${note}: not within ${patienceMs} ms`);
      await this.network.advance(Math.min(Math.max(stepMs, waitedMs / 50), patienceMs - waitedMs));
    }
  }

  /** How long to wait for a death to be noticed: the transport's own bound, exact in virtual time. */
  patienceMs({ transport }: NearNode, bound: "verdictUs" | "downUs"): number {
    const us = transport.bounds()[bound];
    if (us === Number.POSITIVE_INFINITY) return PATIENCE_MS;
    return this.#virtual ? Math.ceil(us / 1000) + VIRTUAL_STEP_MS : us / 1000 + PATIENCE_MS;
  }

  /** Every token has exactly one verdict, within the bound. */
  async verdicts(node: NearNode, tokens: readonly number[]): Promise<void> {
    await this.until(
      "every token has its verdict",
      () => node.settled(tokens) === tokens.length,
      this.patienceMs(node, "verdictUs"),
    );
    const doubled = tokens.filter((token) => node.verdicts.get(token)?.length !== 1);
    this.equal(doubled, [], "tokens with more than one verdict");
  }

  /** The outcomes of these tokens, sorted, each named once. */
  outcomes(node: NearNode, tokens: readonly number[]): string[] {
    return [
      ...new Set(tokens.map((token) => node.verdicts.get(token)?.[0]?.outcome ?? "none")),
    ].sort();
  }

  /** Both ends have talked: the connection, where there is one, is warm. */
  async acquaint(node: NearNode, far: FarNode): Promise<void> {
    const token = 1_000_000;
    node.note(node.transport.peer(far.endpoint), 1_000_000, token);
    await this.verdicts(node, [token]);
    this.equal(this.outcomes(node, [token]), ["delivered"], "the first message");
    node.verdicts.delete(token);
  }

  /** What holds at the end of every test. */
  async end(): Promise<void> {
    for (const transport of this.#transports) await transport.close();
    await this.network.end();
    for (const node of this.#nodes) this.equal(node.insideSend, [], "handlers run inside send");
    this.equal(await this.network.leaks(), [], "open handles after the test");
  }

  /** As `end`, after a failure: its own failures would hide the first. */
  async abandon(): Promise<void> {
    for (const transport of this.#transports) await transport.close().catch(() => {});
    await this.network.end().catch(() => {});
  }
}

/** Registers a test that gets a scene of its own. */
export type SceneTest = (name: string, body: (scene: Scene) => Promise<void>) => void;

/** Runs each test in a network of its own, the known deviations upside down. */
export function sceneTest(runner: ContractRunner, harness: ContractHarness): SceneTest {
  const run = async (body: (scene: Scene) => Promise<void>): Promise<void> => {
    const scene = new Scene(await harness.start(), runner);
    try {
      await body(scene);
    } catch (failure) {
      await scene.abandon();
      throw failure;
    }
    await scene.end();
  };
  return (name, body) => {
    const why = harness.deviations?.[name];
    if (why === undefined) runner.test(name, () => run(body));
    else {
      runner.test(`known deviation: ${name} (${why})`, async () => {
        const kept = await run(body).then(
          () => true,
          () => false,
        );
        runner.expect(kept, "it keeps the contract now: take it off the list").toEqual(false);
      });
    }
  };
}
