/**
 * For authors of transports: the contract as a test suite, for any runner, and a harness that runs
 * it over real processes. See `transportContract`.
 */

export type { CuttableModule } from "./node/contract/commands.ts";
export { type ProcessHarnessOptions, processHarness } from "./node/contract/process-harness.ts";
export { FarHandler } from "./transport/contract/far-handler.ts";
export type {
  ContractFaults,
  ContractHarness,
  ContractNetwork,
  ContractRunner,
  FarMessage,
  FarNode,
} from "./transport/contract/harness.ts";
export { CONTRACT_MESSAGES } from "./transport/contract/messages.ts";
export { transportContract } from "./transport/contract/suite.ts";
