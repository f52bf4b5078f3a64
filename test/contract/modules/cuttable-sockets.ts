import {
  nodeSockets,
  type StreamOwner,
  type StreamSocket,
  type StreamSockets,
} from "../../../src/transport/tcp/socket.ts";

/**
 * The machine's sockets behind a network that can be cut. As with a real one, nothing is lost: what
 * was held back passes when it is healed, for TCP sends it again.
 */
export class CuttableSockets implements StreamSockets {
  #cut = false;
  #held: (() => void)[] = [];

  cut(off: boolean): void {
    this.#cut = off;
    if (off) return;
    const held = this.#held;
    this.#held = [];
    for (const event of held) event();
  }

  listen: StreamSockets["listen"] = (host, port, onSocket) =>
    nodeSockets.listen(host, port, (socket) => {
      const owner = onSocket(this.#socket(socket));
      return owner === undefined ? undefined : this.#owner(owner);
    });

  dial: StreamSockets["dial"] = (target, owner) =>
    this.#socket(nodeSockets.dial(target, this.#owner(owner)));

  atTurnEnd: StreamSockets["atTurnEnd"] = (run) => nodeSockets.atTurnEnd(run);

  #pass(event: () => void): void {
    if (this.#cut) this.#held.push(event);
    else event();
  }

  #owner(owner: StreamOwner): StreamOwner {
    return {
      onConnect: () => this.#pass(() => owner.onConnect()),
      onData: (chunk) => this.#pass(() => owner.onData(chunk)),
      onDrain: () => this.#pass(() => owner.onDrain()),
      onClose: (end) => this.#pass(() => owner.onClose(end)),
    };
  }

  #socket(socket: StreamSocket): StreamSocket {
    return {
      get remoteHost() {
        return socket.remoteHost;
      },
      get pendingBytes() {
        return socket.pendingBytes;
      },
      write: (bytes) => this.#pass(() => socket.write(bytes)),
      end: () => this.#pass(() => socket.end()),
      destroy: () => this.#pass(() => socket.destroy()),
    };
  }
}
