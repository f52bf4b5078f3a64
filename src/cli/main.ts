#!/usr/bin/env node
import { endWhenNobodyReads } from "./output.ts";
import { runProgram } from "./program.ts";

endWhenNobodyReads();
process.exitCode = await runProgram(process.argv.slice(2));
