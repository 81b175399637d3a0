import { ctcHead, frameCount, gradient, graph, reference, referenceTensor } from "@wav2vec/core";
import { expectClose, hasGoldens, openGolden, worstDifference } from "@wav2vec/testkit";
import { describe, expect, it } from "vitest";
import { ctcGraph } from "./ctc-graph.js";
import {
  goldenBatch,
  goldenKey,
  goldenModel,
  goldenTargets,
  meanPerLabel,
  only,
  parameterTensors,
} from "./fixtures/golden-model.js";
import { clipScale } from "./gradient-norm.js";
import { adamCoefficients, adamGraph } from "./optimizer.js";
import { trainingGraph } from "./training-graph.js";

/** The goldens are float64 values stored as float32; the reference backend computes in float64. */
const TOLERANCE = 1e-5;
const MODELS = { "wav2vec2-base-ctc": undefined, "wav2vec2-mms-adapter": [8000, 6000] } as const;
type Model = keyof typeof MODELS;

describe.skipIf(!hasGoldens).each(Object.keys(MODELS) as Model[])("%s", (name) => {
  it("has the CTC loss and gradients of torch for the input, the logits and every parameter", async () => {
    const golden = await openGolden(`gradients.${name}`);
    const { checkpoint, config, features, weights, samples } = await goldenModel(name, MODELS[name]);
    const ctc = await goldenTargets(golden, MODELS[name], config);
    const feeds = { ...(await goldenBatch(MODELS[name])), ...ctc.feeds };
    const logits = ctcHead(features, config);
    const { losses, gradient: seed } = ctcGraph(logits);
    const built = trainingGraph({
      outputs: { logits, losses, seed },
      from: [{ value: logits, seed }],
      isTrained: () => true,
    });
    const parameters = await parameterTensors(built.parameters, weights);
    const step = await reference.compile(built.graph, weights);
    const result = await step.run(only(built.graph.inputs, { ...feeds, ...parameters }));
    expectClose(result.logits!.data, (await golden.tensor("logits")).data, TOLERANCE);
    const loss = meanPerLabel(result.losses!.data, ctc.labelCounts);
    expectClose([loss], (await golden.tensor("loss")).data, TOLERANCE);
    expectClose(result.seed!.data, (await golden.tensor("grad.logits")).data, TOLERANCE);

    const expected = golden.keys.filter(
      (key) => key.startsWith("grad.") && !/^grad\.(logits|input_values)/.test(key),
    );
    expect([...built.parameters.keys()].map((key) => `grad.${goldenKey(key)}`).sort()).toEqual(
      expected.sort(),
    );
    let worst = { key: "", relative: 0 };
    for (const key of built.parameters.keys()) {
      if (key.endsWith("k_proj.bias")) continue; // zero in theory; the golden holds noise
      const { data } = await golden.tensor(`grad.${goldenKey(key)}`);
      const { relative } = worstDifference(result[`gradient.${key}`]!.data, data);
      if (relative > worst.relative) worst = { key, relative };
    }
    console.log(`${name}: worst parameter gradient ${worst.relative.toExponential(1)} in ${worst.key}`);
    expect(worst.relative).toBeLessThan(TOLERANCE);
    expectClose(result.norm!.data, (await golden.tensor("grad_norm")).data, TOLERANCE);

    // Through every layer to the audio, computing activations again.
    const checkpoints = features.hidden;
    const [dSamples] = gradient([{ value: logits, seed }], [samples], { checkpoints });
    const whole = graph({ dSamples: dSamples! });
    const program = await reference.compile(whole, weights);
    const { data } = (await program.run(only(whole.inputs, feeds))).dSamples!;
    expectClose(data.subarray(0, 8000), (await golden.tensor("grad.input_values.0")).data, TOLERANCE);
    await checkpoint.close();
  });

  it("masks frames and channels as Hugging Face does", async () => {
    const golden = await openGolden(`masked.${name}`);
    const feeds = await goldenBatch(MODELS[name]);
    const lengths = MODELS[name] ?? [8000, 8000];
    const masks = {
      timeMask: await golden.tensor("mask_time_indices"),
      channelMask: await golden.tensor("mask_feature_indices"),
    };
    for (const [kind, used] of [
      ["time", ["timeMask"]],
      ["feature", ["channelMask"]],
      ["both", ["timeMask", "channelMask"]],
    ] as const) {
      const { checkpoint, config, features, weights } = await goldenModel(name, MODELS[name], used);
      const logits = ctcHead(features, config);
      const program = await reference.compile(graph({ last: features.last, logits }), weights);
      const given = Object.fromEntries(
        used.map((mask) => [mask, referenceTensor(masks[mask].data, masks[mask].shape, "bool")]),
      );
      const result = await program.run({ ...feeds, ...given });
      for (const [output, key] of [
        ["last", "last_hidden"],
        ["logits", "logits"],
      ] as const) {
        const expected = await golden.tensor(`${kind}.${key}`);
        const [, frames, width] = expected.shape as [number, number, number];
        lengths.forEach((length, row) => {
          const valid = [row * frames * width, (row * frames + frameCount(length, config)) * width] as const;
          expectClose(
            result[output]!.data.subarray(...valid),
            expected.data.subarray(...valid),
            TOLERANCE,
            undefined,
            `${kind} ${key}`,
          );
        });
      }
      await checkpoint.close();
    }
  });

  it("learns as torch does over five AdamW steps", async () => {
    const golden = await openGolden(`training.${name}`);
    const { checkpoint, config, features, weights } = await goldenModel(name, MODELS[name]);
    const ctc = await goldenTargets(await openGolden(`gradients.${name}`), MODELS[name], config);
    const feeds = { ...(await goldenBatch(MODELS[name])), ...ctc.feeds };
    const logits = ctcHead(features, config);
    const { losses: rows, gradient: seed } = ctcGraph(logits);
    const built = trainingGraph({
      outputs: { losses: rows },
      from: [{ value: logits, seed }],
      isTrained: () => true,
    });
    const [program, update] = await Promise.all([
      reference.compile(built.graph, weights),
      reference.compile(
        adamGraph(
          [...built.parameters].map(([key, shape]) => ({
            name: key,
            shape,
            group: shape.length > 1 ? "decayed" : "plain",
            decays: shape.length > 1,
          })),
        ),
        new Map(),
      ),
    ]);
    let state = await parameterTensors(built.parameters, weights);
    for (const [key, shape] of built.parameters) {
      const zeros = referenceTensor(new Float64Array(shape.reduce((a, b) => a * b, 1)), shape);
      state[`first.${key}`] = state[`second.${key}`] = zeros;
    }
    const step = async () => {
      const {
        losses: each,
        norm,
        ...gradients
      } = await program.run(only(built.graph.inputs, { ...feeds, ...state }));
      return { loss: meanPerLabel(each!.data, ctc.labelCounts), norm: norm!.data[0]!, gradients };
    };

    const losses: number[] = [];
    const norms: number[] = [];
    const rates = (await golden.tensor("rates")).data;
    for (const [i, rate] of rates.entries()) {
      const { loss, norm, gradients } = await step();
      losses.push(loss);
      norms.push(norm);
      const settings = {
        rate,
        betas: [0.9, 0.98],
        eps: 1e-8,
        epsRule: "torch",
        update: i + 1,
        gradientScale: clipScale(norm, 1),
      } as const;
      state = await update.run({
        ...state,
        ...gradients,
        "adam.decayed": referenceTensor(adamCoefficients({ ...settings, weightDecay: 0.01 }), [6]),
        "adam.plain": referenceTensor(adamCoefficients({ ...settings, weightDecay: 0 }), [6]),
      });
      for (const key of golden.keys.filter((k) => k.startsWith(`step${i + 1}.`))) {
        const own = key.replace(`step${i + 1}.`, "").replace("wav2vec2.", "");
        expectClose(
          state[`parameter.${own}`]!.data,
          (await golden.tensor(key)).data,
          TOLERANCE,
          undefined,
          key,
        );
      }
    }
    expectClose(losses, (await golden.tensor("losses")).data, TOLERANCE);
    expectClose(norms, (await golden.tensor("grad_norms")).data, TOLERANCE);
    expectClose([(await step()).loss], (await golden.tensor("loss_after")).data, TOLERANCE);
    await checkpoint.close();
  });
});
