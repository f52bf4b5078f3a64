/**
 * Ends what its parent started, when the parent is gone: also processes that are stopped and so
 * cannot end themselves. It knows them by the ids that it is told, and forgets those that have ended.
 *
 * A program of its own: it outlives a parent that was killed outright.
 */
const children = new Set<number>();

process.on("message", (message: { readonly add?: number; readonly remove?: number }) => {
  if (message.add !== undefined) children.add(message.add);
  if (message.remove !== undefined) children.delete(message.remove);
});
// Ctrl-C reaches the whole group; the parent decides what it means.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);
process.on("disconnect", () => {
  for (const pid of children) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended meanwhile.
    }
  }
  process.exit(0);
});
