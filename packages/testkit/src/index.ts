export * from "./suite.js";
export { hasGoldens, openGolden, SHARED, type Golden } from "./golden.js";
export { seededRandom } from "./random.js";
