// npm's compiler with the face of the native one, for tools that want a program: `--version`, or standard JSON from input to output.
import { text } from "node:stream/consumers";
import solc from "solc";

if (process.argv.includes("--version")) console.log(`Version: ${solc.version()}`);
else process.stdout.write(solc.compile(await text(process.stdin)));
