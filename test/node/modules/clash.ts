export const kind = "tcp";
export const openTransport = () => undefined;
