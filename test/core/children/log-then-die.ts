import { jsonLog } from "../../../src/core/live/log.ts";
import { LogFile } from "../../../src/core/live/log-file.ts";

const log = jsonLog({ node: "doomed", sink: new LogFile({ file: process.argv[2] as string }) });
for (let i = 0; i < 999; i++) log.info("working", { i });
log.info("last.words", { i: 999 });
process.kill(process.pid, "SIGKILL");
