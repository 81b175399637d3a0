import { fileURLToPath } from "node:url";

/** @type {import("next").NextConfig} */
export default {
  output: "export", // plain files, for any web server
  turbopack: { root: fileURLToPath(new URL("..", import.meta.url)) },
};
