// The part of the kit that a page can load: everything but goldens, which lie in files.
export { expectClose, TOLERANCE, worstDifference, type Difference } from "./close.js";
export { opCase, type CaseInput, type OpCase } from "./op-case.js";
export { opCases } from "./op-cases/index.js";
export { seededRandom } from "./random.js";
export { caseGraph, drawInputs, runCase, type CaseData } from "./run-case.js";
export { testBackend, type BackendTestOptions } from "./test-backend.js";
