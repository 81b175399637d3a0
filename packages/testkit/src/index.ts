export * from "./browser.js";
export { hasGoldens, openGolden, SHARED, type Golden } from "./golden.js";
