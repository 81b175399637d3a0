export { expectClose, TOLERANCE, worstDifference, type Difference } from "./close.js";
export { hasGoldens, openGolden, SHARED, type Golden } from "./golden.js";
export { opCase, type CaseInput, type OpCase } from "./op-case.js";
export { opCases } from "./op-cases/index.js";
export { seededRandom } from "./random.js";
export { caseGraph, drawInputs, runCase, type CaseData } from "./run-case.js";
export { testBackend, type BackendTestOptions } from "./test-backend.js";
