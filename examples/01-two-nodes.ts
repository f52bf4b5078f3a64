import { parseAddress, startNode } from "../src/index.ts";

const listen = parseAddress("udp://127.0.0.1:0"); // port 0: any free one
const first = await startNode({ name: "com.example.first", listen });
const join = [first.endpoint.address];
const second = await startNode({ name: "com.example.second", listen, join });

const deadlineUs = 5_000_000; // the operation's whole time, retries included
const value = new TextEncoder().encode("8080");
const put = await first.naming.put(first.member, "/com.example/web/port", value, { deadlineUs });
console.log("put:", put.outcome);
const got = await second.naming.get(second.member, "/com.example/web/port", { deadlineUs });
console.log("get:", got.outcome === "done" ? new TextDecoder().decode(got.value) : got.detail);
await second.close();
await first.close();
