// Compiles a kernel in AssemblyScript to WebAssembly with SIMD and embeds it as base64 in a module that is not committed.
// Packages call it in their build, vitest before the unit tests; it does nothing while the source is unchanged.
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const flags = ["--runtime", "stub", "--importMemory", "--enable", "simd", "-O3", "--noAssert"];

/**
 * Writes `NAME-wasm.generated.js`, which exports `NAMEWasm`, beside the folder of the source.
 *
 * @param {URL} source `…/assembly/NAME.ts`
 */
export async function wasmModule(source) {
  const name = basename(source.pathname, ".ts");
  const output = fileURLToPath(new URL(`../${name}-wasm.generated.js`, source));
  const text = readFileSync(source, "utf8");
  const state = createHash("sha256")
    .update(JSON.stringify([text, flags, asc.version]))
    .digest("hex");
  const head = `// Generated from assembly/${name}.ts, sha256 ${state}`;
  if (existsSync(output) && readFileSync(output, "utf8").startsWith(head)) return;
  let binary;
  const { error, stderr } = await asc.main([`${name}.ts`, "--outFile", `${name}.wasm`, ...flags], {
    readFile: (file) => (file === `${name}.ts` ? text : null),
    writeFile: (file, contents) => {
      if (file === `${name}.wasm`) binary = contents;
    },
  });
  if (error || !binary)
    throw new Error(`wasm-module: ${source} does not compile: ${error?.message}\n${stderr}`);
  const base64 = Buffer.from(binary).toString("base64");
  const draft = `${output}.${process.pid}`; // renamed when whole: two builds may run at once
  writeFileSync(draft, `${head}\nexport const ${name}Wasm = "${base64}";\n`);
  renameSync(draft, output);
  console.log(`wasm-module: ${name}, ${binary.length} bytes of WebAssembly`);
}
