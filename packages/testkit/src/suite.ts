// What is published: the suite and what it is made of. A page can load it; goldens, which lie in files, are not here.
export { expectClose, TOLERANCE, worstDifference, type Difference } from "./close.js";
export {
  modelCases,
  randomWeights,
  runModelCase,
  type ModelCase,
  type ModelCaseResults,
} from "./model-case.js";
export { opCase, type CaseInput, type OpCase } from "./op-case.js";
export { opCases } from "./op-cases/index.js";
export { seededRandom } from "./random.js";
export { caseGraph, drawInputs, runCase, type CaseData } from "./run-case.js";
export { testBackend, type BackendTestOptions } from "./test-backend.js";
