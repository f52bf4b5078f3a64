import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FrameParser } from "../../../src/transport/tcp/frame-parser.ts";
import {
  ackFrame,
  BYES,
  byeFrame,
  DECLINES,
  declineFrame,
  FRAME_PING,
  FRAME_PONG,
  type Frame,
  helloFrame,
  messageFrame,
  messagePayload,
  nonceFrame,
  writeMessageId,
} from "../../../src/transport/tcp/frames.ts";
import { decodeHello, encodeHello } from "../../../src/transport/tcp/hello.ts";

const LIMIT = 1 << 16;
const id = fc.integer({ min: 1, max: 2 ** 48 - 1 });
const nonce = fc.integer({ min: 0, max: 2 ** 32 - 1 });

/** A frame as bytes, and how it reads back. */
const anyFrame: fc.Arbitrary<{ bytes: Buffer; frame: unknown }> = fc.oneof(
  fc.tuple(id, fc.uint8Array({ maxLength: 300 })).map(([id, payload]) => {
    const bytes = messageFrame(payload);
    writeMessageId(bytes, id);
    expect(Buffer.compare(messagePayload(bytes), payload)).toBe(0);
    return { bytes, frame: { kind: 2, id, encoded: [...payload] } };
  }),
  id.map((id) => ({ bytes: ackFrame(id), frame: { kind: 3, id } })),
  fc.tuple(id, fc.constantFrom(...DECLINES)).map(([id, reason]) => ({
    bytes: declineFrame(id, reason),
    frame: { kind: 4, id, reason },
  })),
  fc.tuple(fc.constantFrom(FRAME_PING, FRAME_PONG), nonce).map(([kind, nonce]) => ({
    bytes: nonceFrame(kind, nonce),
    frame: { kind, nonce },
  })),
  fc
    .constantFrom(...BYES)
    .map((reason) => ({ bytes: byeFrame(reason), frame: { kind: 7, reason } })),
);

/** A copy: what the parser gives is valid only until the handler returns. */
function copied(frame: Frame): unknown {
  if ("encoded" in frame) return { ...frame, encoded: [...frame.encoded] };
  return "body" in frame ? { ...frame, body: [...frame.body] } : { ...frame };
}

function parse(chunks: readonly Buffer[]): { frames: unknown[]; fine: boolean; inFrame: boolean } {
  const frames: unknown[] = [];
  const parser = new FrameParser((frame) => frames.push(copied(frame)));
  parser.limitBytes = LIMIT;
  const fine = chunks.every((chunk) => parser.push(chunk));
  return { frames, fine, inFrame: parser.inFrame };
}

/** The bytes cut at these places. */
function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort(
    (a, b) => a - b,
  );
  const chunks: Buffer[] = [];
  let from = 0;
  for (const to of [...sorted, bytes.length]) {
    chunks.push(Buffer.from(bytes.subarray(from, to)));
    from = to;
  }
  return chunks;
}

describe("the frame parser", () => {
  test("finds the same frames however the stream is cut into chunks", () => {
    fc.assert(
      fc.property(
        fc.array(anyFrame, { maxLength: 8 }),
        fc.array(fc.nat(4_000), { maxLength: 20 }),
        (sent, places) => {
          const bytes = Buffer.concat(sent.map(({ bytes }) => bytes));
          const { frames, fine, inFrame } = parse(cutAt(bytes, places));
          expect(fine).toBe(true);
          expect(inFrame).toBe(false);
          expect(frames).toEqual(sent.map(({ frame }) => frame));
        },
      ),
      { numRuns: 3_000 },
    );
  });

  test("takes any bytes without throwing, and the same way in one chunk or many", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.array(fc.nat(200), { maxLength: 6 }),
        (junk, places) => {
          const whole = parse([Buffer.from(junk)]);
          const pieces = parse(cutAt(Buffer.from(junk), places));
          expect(pieces.fine).toBe(whole.fine);
          expect(pieces.frames).toEqual(whole.frames);
        },
      ),
      { numRuns: 20_000 },
    );
  });

  test("survives a damaged frame among good ones", () => {
    fc.assert(
      fc.property(
        fc.array(anyFrame, { minLength: 1, maxLength: 4 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (sent, at, damage) => {
          const bytes = Buffer.concat(sent.map(({ bytes }) => bytes));
          const where = at % bytes.length;
          bytes[where] = (bytes[where] as number) ^ damage;
          const { frames } = parse([bytes]);
          expect(frames.length).toBeLessThanOrEqual(bytes.length);
        },
      ),
      { numRuns: 10_000 },
    );
  });

  test("refuses a length over the limit before anything of it arrives", () => {
    const header = Buffer.from([0xff, 0xff, 0xff, 0xff]);
    expect(parse([header]).fine).toBe(false);
    expect(parse([header.subarray(0, 2), header.subarray(2)]).fine).toBe(false);
    expect(parse([Buffer.from([0, 0, 0, 0])]).fine).toBe(false);
  });

  test("hands on nothing more once it was ended by a handler", () => {
    const seen: Frame[] = [];
    const parser = new FrameParser((frame) => {
      seen.push(frame);
      parser.end();
    });
    expect(parser.push(Buffer.concat([ackFrame(1), ackFrame(2)]))).toBe(true);
    expect(seen).toHaveLength(1);
  });
});

describe("the hello", () => {
  const hello = fc.record({
    dialled: fc.boolean(),
    asks: fc.boolean(),
    incarnation: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    session: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
    dials: nonce,
    messageBytesMax: nonce,
    address: fc
      .tuple(
        fc.constantFrom("127.0.0.1", "[::1]", "host.example"),
        fc.integer({ min: 1, max: 65_535 }),
      )
      .map(([host, port]) => `tcp://${host}:${port}`),
  });

  test("reads back as written", () => {
    fc.assert(
      fc.property(hello, (written) => {
        expect(decodeHello(encodeHello(written as never))).toEqual(written);
      }),
    );
  });

  test("is refused when damaged beyond its meaning, and never throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (junk) => {
        expect(decodeHello(Buffer.from(junk))).toBeUndefined();
      }),
      { numRuns: 5_000 },
    );
    fc.assert(
      fc.property(hello, fc.nat(), fc.integer({ min: 1, max: 255 }), (written, at, damage) => {
        const bytes = encodeHello(written as never);
        const where = at % bytes.length;
        bytes[where] = (bytes[where] as number) ^ damage;
        const read = decodeHello(bytes);
        if (where < 5) expect(read).toBeUndefined();
      }),
      { numRuns: 5_000 },
    );
  });

  test("names a tcp address with a port", () => {
    const base = { dialled: true, incarnation: 1, session: 1, dials: 1, messageBytesMax: 1 };
    for (const address of [
      "udp://127.0.0.1:1",
      "tcp://127.0.0.1:0",
      "tcp://127.0.0.1",
      "tcp://a b:1",
    ]) {
      expect(decodeHello(encodeHello({ ...base, address } as never))).toBeUndefined();
    }
    expect(helloFrame(Buffer.alloc(3)).length).toBe(8);
  });
});
