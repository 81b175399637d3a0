#!/usr/bin/env node
import { main } from "../dist/index.js";

// A reader that closes early (head, less) is no error.
process.stdout.on("error", (error) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});
process.exitCode = await main(process.argv.slice(2));
