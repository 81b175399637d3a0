// Builds the page once for all tests.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export default async function setup(): Promise<void> {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const env = { ...process.env, NODE_ENV: "production" }; // here it is "test", for which Vite builds another page
  await promisify(execFile)("npx", ["vite", "build", "--logLevel", "error"], { cwd: root, env });
}
