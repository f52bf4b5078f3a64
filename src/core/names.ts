import { SkipnetError } from "./errors.ts";

/** Longest node name, in UTF-8 bytes. */
export const NODE_NAME_BYTES_MAX = 255;
/** Longest component of a node name, in UTF-8 bytes. */
export const NODE_COMPONENT_BYTES_MAX = 63;

/** Where a code unit sorts: `/` < `!` < `.` < all others, those by code point. */
function weight(codeUnit: number): number {
  if (codeUnit === 0x2f) return 1;
  if (codeUnit === 0x21) return 2;
  if (codeUnit === 0x2e) return 3;
  // UTF-16 puts surrogates (code points above U+FFFF) below U+E000: lift them above.
  if (codeUnit >= 0xe000) return codeUnit - 0x0800 + 4;
  if (codeUnit >= 0xd800) return codeUnit + 0x2000 + 4;
  return codeUnit + 4;
}

/** Where the `i`th character of a name sorts; 0 behind its end. */
export function nameWeight(name: string, i: number): number {
  return i < name.length ? weight(name.charCodeAt(i)) : 0;
}

/**
 * The one order of names, used by every ring, table and query: negative, zero or positive.
 *
 * The end of a name sorts first, then `/`, `!`, `.`, then everything else by code point, so that
 * `predecessor(node + "/" + object) = node` whatever other nodes there are: in plain ASCII order
 * `com.ms.john-2` would take the documents of `com.ms.john`. Source: SkipNet (USITS 2003) §3.1.
 */
export function compareName(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return weight(x) - weight(y);
  }
  return a.length - b.length;
}

/**
 * Whether two names share their first component. Names that do not are unrelated: a route between
 * them may go either way round the ring (SkipNet figure 4).
 */
export function shareFirstComponent(a: string, b: string): boolean {
  const end = (name: string): number => {
    for (let i = 0; i < name.length; i++) {
      const c = name.charCodeAt(i);
      if (c === 0x2e || c === 0x2f || c === 0x21) return i;
    }
    return name.length;
  };
  const length = end(a);
  return length === end(b) && a.startsWith(b.slice(0, length));
}

/**
 * Whether a node's name begins with the whole components of the domain: `com.example.host` is in
 * `com.example`, and `com.example2` is not. In the order of names a domain is one piece of the ring.
 */
export function isInDomain(name: string, domain: string): boolean {
  if (!name.startsWith(domain)) return false;
  return name.length === domain.length || name.charCodeAt(domain.length) === 0x2e;
}

/** Where an object is placed that is called `domain!suffix`; undefined: it has no `!`, and its name says on which node. */
export function parseObjectName(
  name: string,
): { readonly domain: string; readonly suffix: string } | undefined {
  const at = name.indexOf("!");
  return at < 0 ? undefined : { domain: name.slice(0, at), suffix: name.slice(at + 1) };
}

/** Length of a text in UTF-8, without encoding it. */
export function utf8Bytes(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c < 0x80) bytes += 1;
    else if (c < 0x800) bytes += 2;
    else if (c >= 0xd800 && c < 0xdc00) {
      bytes += 4;
      i++;
    } else bytes += 3;
  }
  return bytes;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: names must not contain them.
const FORBIDDEN = /[\u0000-\u0020\u007f/!]/;

/** Throws `E_NAME` unless the text is a node name: components joined by dots, as `com.example.host1`. */
export function assertNodeName(name: string): void {
  const complain = (why: string): never => {
    throw new SkipnetError("E_NAME", `node name ${JSON.stringify(name.slice(0, 80))} ${why}`);
  };
  if (name.length === 0) complain("is empty");
  if (!name.isWellFormed()) complain("is not valid Unicode");
  if (utf8Bytes(name) > NODE_NAME_BYTES_MAX) complain(`is over ${NODE_NAME_BYTES_MAX} bytes`);
  if (FORBIDDEN.test(name)) complain("has a space, a control character, / or !");
  for (const component of name.split(".")) {
    if (component.length === 0) complain("has an empty component");
    if (utf8Bytes(component) > NODE_COMPONENT_BYTES_MAX) {
      complain(`has a component over ${NODE_COMPONENT_BYTES_MAX} bytes`);
    }
  }
}

/** Whether the text is a node name; see `assertNodeName`. */
export function isNodeName(name: string): boolean {
  try {
    assertNodeName(name);
    return true;
  } catch {
    return false;
  }
}
