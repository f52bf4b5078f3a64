const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;
const IPV6 = /^[0-9a-fA-F:.]*:[0-9a-fA-F:.]*(%[\w-]+)?$/;

/** Whether a host is written as an IP address rather than a name that has to be looked up. */
export function isHostAddress(host: string): boolean {
  return IPV4.test(host) || IPV6.test(host);
}
