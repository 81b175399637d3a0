// The table of op cases: every op and composite, in rows.
import type { OpCase } from "../op-case.js";
import { compositeCases } from "./composites.js";
import { elementwiseCases } from "./elementwise.js";
import { layoutCases } from "./layout.js";
import { productCases } from "./products.js";
import { recursionCases } from "./recursions.js";
import { reductionCases } from "./reductions.js";
import { unusualCases } from "./unusual.js";

export const opCases: readonly OpCase[] = [
  ...elementwiseCases,
  ...productCases,
  ...reductionCases,
  ...recursionCases,
  ...layoutCases,
  ...compositeCases,
  ...unusualCases,
];
