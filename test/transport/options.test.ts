import { expect, test } from "vitest";
import {
  parseTransportSpec,
  readDurationUs,
  readInteger,
  readNumber,
  readSizeBytes,
  readTransportOptions,
  readWord,
  readWordOr,
} from "../../src/transport/options.ts";

const readers = {
  retries: readWordOr("auto", readInteger(0, 100)),
  ackDelay: readDurationUs,
  datagram: readSizeBytes,
  backoff: readNumber(1, 4),
  policy: readWord(["os", "deadline"]),
};

test("a description is taken apart into kind, words and options", () => {
  const spec = parseTransportSpec("udp:lan,retries=2,ackDelay=5ms,datagram=16KiB,backoff=1.5");
  expect(spec.kind).toBe("udp");
  expect(spec.words).toEqual(["lan"]);
  expect(readTransportOptions(spec, readers)).toEqual({
    retries: 2,
    ackDelay: 5_000,
    datagram: 16_384,
    backoff: 1.5,
  });
  expect(parseTransportSpec("tcp")).toMatchObject({ kind: "tcp", words: [] });
  expect(parseTransportSpec("tcp:os").words).toEqual(["os"]);
  expect(readTransportOptions(parseTransportSpec("tcp:retries=auto,policy=os"), readers)).toEqual({
    retries: "auto",
    policy: "os",
  });
});

test("what cannot be meant is refused with the name of the option", () => {
  const read = (text: string) => readTransportOptions(parseTransportSpec(text), readers);
  const messages = [
    "",
    ":x",
    "udp:",
    "udp:a=1,a=2",
    "udp:lan,lan",
    "udp:speed=9",
    "udp:constructor=1",
    "udp:retries=-1",
    "udp:retries=many",
    "udp:ackDelay=5",
    "udp:datagram=5ms",
    "udp:backoff=9",
    "udp:policy=hope",
    `udp:${"x".repeat(2_000)}`,
  ].map((text) => {
    try {
      read(text);
    } catch (error) {
      return (error as Error).message.slice(0, 120);
    }
    return `took ${text}`;
  });
  expect(messages).toMatchInlineSnapshot(`
    [
      "E_OPTIONS: "" names no transport; write for example udp or udp:retries=2,ackDelay=5ms",
      "E_OPTIONS: ":x" names no transport; write for example udp or udp:retries=2,ackDelay=5ms",
      "E_OPTIONS: "" in "udp:" is neither a word nor name=value",
      "E_OPTIONS: "a" stands twice in "udp:a=1,a=2"",
      "E_OPTIONS: "lan" stands twice in "udp:lan,lan"",
      "E_OPTIONS: udp has no option "speed"; it has ackDelay, backoff, datagram, policy, retries",
      "E_OPTIONS: udp has no option "constructor"; it has ackDelay, backoff, datagram, policy, retries",
      "E_OPTIONS: udp option retries: "-1" is not a whole number from 0 to 100",
      "E_OPTIONS: udp option retries: "many" is not a whole number from 0 to 100",
      "E_OPTIONS: udp option ackDelay: "5" is not a duration; write for example 250ms, 3s or 2m (us, ms, s, m, h, d)",
      "E_OPTIONS: udp option datagram: "5ms" is not a size; write for example 64B, 16KiB or 1MiB (B, KiB, MiB, GiB)",
      "E_OPTIONS: udp option backoff: "9" is not a number from 1 to 4",
      "E_OPTIONS: udp option policy: "hope" is not one of os, deadline",
      "E_OPTIONS: transport description over 1024 characters",
    ]
  `);
});
