// What a parity check needs of a model, as plain data that can be handed to a page.

/** Numbers of one output of one clip that must be met. */
export interface Expected {
  readonly clip: number;
  readonly output: string;
  readonly data: readonly number[];
}

/** A model, clips, and what it must make of them. */
export interface ParityCase {
  readonly name: string;
  /** A folder, or its address. */
  readonly checkpoint: string;
  /** What is built on the encoder: the classes of the transformers library that read such a checkpoint. */
  readonly head: "ctc" | "sequence" | "frames" | "xvector" | "units";
  /** Raw samples. */
  readonly clips: readonly (readonly number[])[];
  readonly expected: readonly Expected[];
  /** The gradient of a loss over the starts of two clips. */
  readonly gradients?: {
    readonly lengths: readonly [number, number];
    /** Whether shorter rows are masked. */
    readonly masked: boolean;
    /** d loss / d logits, [2, frames, vocabSize]. */
    readonly seed: { readonly data: readonly number[]; readonly shape: readonly number[] };
    readonly byParameter: Readonly<Record<string, readonly number[]>>;
  };
}

/** How far a backend is from what is expected. */
export interface Parity {
  /** Largest |Δ| of the outputs, each clip alone and all in one padded batch. */
  readonly outputs: number;
  /** Largest |Δ| of the gradients, relative to the largest entry of each tensor. */
  readonly gradients?: number;
}
