import { NAMING_MESSAGES } from "../apps/naming/messages.ts";
import { OVERLAY_MESSAGES } from "../overlay/messages.ts";
import { TRANSPORT_MESSAGES } from "../transport/messages.ts";
import type { AnyMessageType } from "../wire/message.ts";
import { createRegistry, type MessageRegistry } from "../wire/registry.ts";

/** Every message type that a live process may send or receive, from all floors. */
export const ALL_MESSAGES: readonly AnyMessageType[] = [
  ...TRANSPORT_MESSAGES,
  ...OVERLAY_MESSAGES,
  ...NAMING_MESSAGES,
];

/** The registry of a process, with these types of its own; all processes of one overlay have the same. */
export function nodeRegistry(own: readonly AnyMessageType[] = []): MessageRegistry {
  return createRegistry([...ALL_MESSAGES, ...own]);
}
