import { SkipnetError } from "../../core/errors.ts";
import { isNodeName, utf8Bytes } from "../../core/names.ts";

/** Longest path, in UTF-8 bytes. */
export const PATH_BYTES_MAX = 1_024;
/** Longest component of a path, in UTF-8 bytes. */
export const COMPONENT_BYTES_MAX = 255;
/** Most components of a path: each is one directory that a `put` may have to make. */
export const COMPONENTS_MAX = 32;
/** Longest name of an entry: a component, and a slash where it is a directory. */
export const ENTRY_NAME_BYTES_MAX = COMPONENT_BYTES_MAX + 1;

/** The directory without an entry in any other. */
export const ROOT = "/";

/** An entry of a directory. A name that ends in a slash is a directory's, all others are values'. */
export interface EntryPath {
  /** Path of the directory, `/a/b`; the root is `/`. */
  readonly directory: string;
  readonly name: string;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: paths must not contain them.
const CONTROL = /[\u0000-\u001f\u007f]/;

/**
 * The components of a path such as `/a/b/c`; none for the root. A trailing slash is not allowed.
 * The first may name an organisation, `com.example!`; directories of one are placed globally like
 * all others until load-balancing domains exist. Throws `E_NAME`.
 */
export function parsePath(text: string): readonly string[] {
  if (!text.startsWith("/")) throw nameError(text, "does not begin with a slash");
  if (utf8Bytes(text) > PATH_BYTES_MAX) throw nameError(text, `is over ${PATH_BYTES_MAX} bytes`);
  if (text === ROOT) return [];
  const components = text.slice(1).split("/");
  if (components.length > COMPONENTS_MAX) {
    throw nameError(text, `has over ${COMPONENTS_MAX} components`);
  }
  components.forEach((component, i) => {
    checkComponent(text, component);
    if (i === 0 && component.includes("!") && !isOrganisation(component)) {
      throw nameError(text, "has a first component with ! that is not an organisation (org!)");
    }
  });
  return components;
}

/** The entry that a path names: not the root. Throws `E_NAME`. */
export function parseEntryPath(text: string): EntryPath {
  const components = parsePath(text);
  const name = components.at(-1);
  if (name === undefined) throw nameError(text, "names no entry");
  return { directory: `/${components.slice(0, -1).join("/")}`, name };
}

/** A directory's path, with or without a slash at its end. Throws `E_NAME`. */
export function parseDirectoryPath(text: string): string {
  const trimmed = text.length > 1 && text.endsWith("/") ? text.slice(0, -1) : text;
  parsePath(trimmed);
  return trimmed;
}

/** The directory's own entry in its parent, `b/` in `/a` for `/a/b`; none for the root. */
export function linkOf(directory: string): EntryPath | undefined {
  if (directory === ROOT) return undefined;
  const slash = directory.lastIndexOf("/");
  return {
    directory: slash === 0 ? ROOT : directory.slice(0, slash),
    name: `${directory.slice(slash + 1)}/`,
  };
}

/** Whether the text is a directory's path as it travels: valid, and without a slash at its end. */
export function isDirectoryPath(text: string): boolean {
  return isValid(() => parsePath(text));
}

/** Whether the text is the name of an entry as it travels, of a value or of a directory. */
export function isEntryName(name: string): boolean {
  return isValid(() => checkComponent(name, isDirectoryName(name) ? name.slice(0, -1) : name));
}

export function isDirectoryName(name: string): boolean {
  return name.endsWith("/");
}

function isValid(check: () => void): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}

function isOrganisation(component: string): boolean {
  return component.endsWith("!") && isNodeName(component.slice(0, -1));
}

function checkComponent(path: string, component: string): void {
  if (component.length === 0) throw nameError(path, "has an empty component");
  if (component === "." || component === "..") throw nameError(path, "has a component . or ..");
  if (component.includes("/")) throw nameError(path, "has a slash inside a component");
  if (!component.isWellFormed()) throw nameError(path, "is not valid Unicode");
  if (CONTROL.test(component)) throw nameError(path, "has a control character");
  if (utf8Bytes(component) > COMPONENT_BYTES_MAX) {
    throw nameError(path, `has a component over ${COMPONENT_BYTES_MAX} bytes`);
  }
}

function nameError(path: string, why: string): SkipnetError {
  return new SkipnetError("E_NAME", `path ${JSON.stringify(path.slice(0, 80))} ${why}`);
}
