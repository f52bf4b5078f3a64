import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ADDRESS_LENGTH_MAX,
  formatSocketAddress,
  newIncarnation,
  parseAddress,
  socketAddress,
} from "../../src/core/address.ts";
import {
  hashName,
  numericIdFromBytes,
  numericIdFromWords,
  numericIdToBytes,
  writeNumericWords,
} from "../../src/core/numeric-id.ts";

describe("addresses", () => {
  test.each([
    ["udp://127.0.0.1:7001", { scheme: "udp", host: "127.0.0.1", port: 7001 }],
    ["tcp://[::1]:0", { scheme: "tcp", host: "::1", port: 0 }],
    ["tcp://host-1.example:65535", { scheme: "tcp", host: "host-1.example", port: 65535 }],
  ])("%s has its parts and is put together from them again", (text, parts) => {
    expect(socketAddress(parseAddress(text))).toEqual(parts);
    expect(formatSocketAddress(parts)).toBe(text);
  });

  test.each([
    "",
    "127.0.0.1:7001",
    "udp:/127.0.0.1:7001",
    "udp://",
    "UDP://a:1",
    "udp://a b:1",
    "udp://a:1/path",
    `udp://${"a".repeat(ADDRESS_LENGTH_MAX)}:1`,
  ])("%j is not an address", (text) =>
    expect(() => parseAddress(text)).toThrow(/^E_ADDRESS: .*udp:\/\/127/),
  );

  test.each([
    "sim://17",
    "udp://a",
    "udp://a:",
    "udp://a:65536",
    "udp://a:b",
    "udp://::1:7",
    "udp://[::1]",
  ])("%s has no host and port", (text) =>
    expect(() => socketAddress(parseAddress(text))).toThrow(/^E_ADDRESS: /),
  );

  test("any text is an address or E_ADDRESS, and what is taken apart goes together again", () => {
    const near = fc.stringMatching(/^[a-z]{1,4}:\/\/[a-f0-9:.[\]]{1,20}$/);
    fc.assert(
      fc.property(fc.oneof(fc.string(), near), (text) => {
        try {
          const address = parseAddress(text);
          const parts = socketAddress(address);
          expect(socketAddress(formatSocketAddress(parts))).toEqual(parts);
        } catch (error) {
          expect(error).toMatchObject({ code: "E_ADDRESS" });
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

test("incarnations grow with time and stay safe integers", () => {
  const inTheYear2500 = 16_725_225_600_000;
  for (const wallMs of [0, 1_700_000_000_000.7, inTheYear2500]) {
    for (const bits of [0, 15, -1, 2 ** 31]) {
      const incarnation = newIncarnation(wallMs, bits);
      expect(Number.isSafeInteger(incarnation)).toBe(true);
      expect(incarnation).toBeLessThan(newIncarnation(wallMs + 1, 0));
    }
  }
});

describe("numeric IDs", () => {
  test("the ID of a name is the first 128 bits of its SHA-256 (FIPS 180-4, example abc)", () => {
    expect(hashName("abc")).toBe("ba7816bf8f01cfea414140de5dae2223");
  });

  test("bytes and words give the ID back", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        const id = numericIdFromBytes(bytes);
        expect(numericIdToBytes(id)).toEqual(bytes);
        const words = new Uint32Array(6);
        writeNumericWords(id, words, 1);
        expect(numericIdFromWords(words, 1)).toBe(id);
      }),
    );
  });
});
