// Ops that go frame by frame.
import { exp, forwardAlgorithm, UNREACHABLE, type Value } from "@wav2vec/core";
import { exactly, opCase, spread } from "../op-case.js";
import { batch, time, twoLengths } from "./symbols.js";

/** As probabilities: states out of reach are 0 on every backend. */
const chain = ({ emissions, skips }: { readonly emissions: Value; readonly skips: Value }) =>
  exp(forwardAlgorithm(emissions, skips));

export const recursionCases = [
  opCase(
    "forwardAlgorithm",
    {
      emissions: spread([batch, time, 5]),
      skips: exactly([batch, 5], [UNREACHABLE, UNREACHABLE, UNREACHABLE, 0, UNREACHABLE, 0, UNREACHABLE]),
    },
    chain,
    { runs: twoLengths, differentiable: false },
  ),
  opCase(
    "forwardAlgorithm of a long recording, rows whose emissions are far below 1",
    {
      emissions: exactly([2, 700, 7], [-9, -4, -30, -0.5, -60, -2, -7, -1, -12, -0.1, -25]),
      skips: exactly([2, 7], [UNREACHABLE, UNREACHABLE, UNREACHABLE, 0]),
    },
    chain,
    { differentiable: false },
  ),
  opCase(
    "forwardAlgorithm of one state",
    { emissions: spread([2, 3, 1]), skips: exactly([2, 1], [0]) },
    chain,
    { differentiable: false },
  ),
  opCase(
    "forwardAlgorithm of states that no path may enter yet",
    { emissions: exactly([1, 3, 4], [0, UNREACHABLE, -1, -2]), skips: exactly([1, 4], [UNREACHABLE]) },
    chain,
    { differentiable: false },
  ),
  opCase(
    "forwardAlgorithm of no frames",
    { emissions: spread([2, time, 3]), skips: exactly([2, 3], [0]) },
    chain,
    { runs: [{ time: 0 }, { time: 2 }], differentiable: false },
  ),
  opCase(
    "forwardAlgorithm of no clips",
    { emissions: spread([batch, 2, 3]), skips: exactly([batch, 3], [0]) },
    chain,
    { runs: [{ batch: 0 }, { batch: 2 }], differentiable: false },
  ),
];
