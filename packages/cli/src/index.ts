export { runWithHugePages } from "./huge-pages.js";
export { main } from "./main.js";
