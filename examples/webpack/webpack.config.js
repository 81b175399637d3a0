import { cpSync } from "node:fs";

/** The page itself needs no bundling. */
const copyPage = {
  apply: ({ hooks, context, options }) =>
    hooks.done.tap("copy-page", () =>
      cpSync(`${context}/src/index.html`, `${options.output.path}/index.html`),
    ),
};

export default {
  mode: "production",
  entry: "./src/main.js",
  output: { module: true, filename: "[name].js", publicPath: "auto" },
  experiments: { outputModule: true },
  performance: { hints: false }, // the runtime is 13 MB of WASM
  plugins: [copyPage],
};
