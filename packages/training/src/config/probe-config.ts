// A list of probing tasks: what `wav2vec bench superb` reads.
import { z } from "zod";

/** One task: a classifier's configuration, or a recogniser's, and how it is shown. */
const task = z.strictObject({
  name: z.string().min(1).describe("short, e.g. ER"),
  title: z.string().min(1).describe("what is told apart, and on which data"),
  kind: z.enum(["classify", "ctc"]).default("classify").describe("what reads the configuration"),
  config: z.string().min(1).describe("configuration of wav2vec train classify or ctc"),
  metric: z.string().min(1).describe("the one that the table shows, e.g. accuracy, uar, macroF1, eer, wer"),
  fineTune: z
    .strictObject({
      rate: z.number().positive(),
      updates: z.number().int().min(1),
      headRate: z.number().positive().default(10).describe("multiplies the rate of the head"),
    })
    .optional()
    .describe("what changes where the encoder learns too"),
});

export const probeConfig = z.strictObject({ $schema: z.string().optional(), tasks: z.array(task).min(1) });

/** Tasks as read. */
export type ProbeConfig = z.output<typeof probeConfig>;
export type ProbeTask = ProbeConfig["tasks"][number];
