import { defineConfig } from "tsup";

/** The one recipe: every package turns `src/index.ts` into ES modules and types. */
export default defineConfig({
  entry: ["src/index.ts"],
  format: "esm",
  target: "es2022",
  dts: true,
  clean: true,
  sourcemap: true,
});
