const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;
const IPV6 = /^[0-9a-fA-F:.]*:[0-9a-fA-F:.]*(%[\w-]+)?$/;

/** Whether this host is the machine that we run on, so that what starves us starves it as well. */
export function isOwnMachine(host: string): boolean {
  return /^127\.|^::1$|^localhost$/.test(host);
}

/** Whether a host is written as an IP address rather than a name that has to be looked up. */
export function isHostAddress(host: string): boolean {
  return IPV4.test(host) || IPV6.test(host);
}
