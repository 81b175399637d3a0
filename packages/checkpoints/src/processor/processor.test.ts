import { describe, expect, it } from "vitest";
import { bytesAccess } from "../files/random-access.js";
import type { SourceFiles } from "../files/source-files.js";
import { licenseOf } from "./license.js";
import { readProcessorFiles } from "./processor-files.js";

function folder(files: Record<string, unknown>): SourceFiles {
  const bytes = (name: string) =>
    new TextEncoder().encode(typeof files[name] === "string" ? files[name] : JSON.stringify(files[name]));
  return {
    label: "folder",
    names: Object.keys(files),
    notes: [],
    open: async (name) => bytesAccess(name, bytes(name)),
  };
}

describe("processor files", () => {
  it("give the library's defaults where they say nothing", async () => {
    const { preprocessor, tokenizer } = await readProcessorFiles(folder({ "preprocessor_config.json": {} }));
    expect(preprocessor).toEqual({
      doNormalize: true,
      sampleRate: 16000,
      returnAttentionMask: false,
      featureSize: 1,
      paddingValue: 0,
    });
    expect(tokenizer).toMatchObject({
      padToken: "<pad>",
      unkToken: "<unk>",
      wordDelimiterToken: "|",
      doLowerCase: false,
    });
  });

  it("find the extractor inside processor_config.json", async () => {
    const nested = {
      feature_extractor: { do_normalize: false, return_attention_mask: true },
      processor_class: "Wav2Vec2Processor",
    };
    const { preprocessor } = await readProcessorFiles(folder({ "processor_config.json": nested }));
    expect(preprocessor).toMatchObject({ doNormalize: false, returnAttentionMask: true });
    expect(
      (await readProcessorFiles(folder({ "processor_config.json": { processor_class: "x" } }))).preprocessor,
    ).toBeUndefined();
  });

  it("refuse a setting of the wrong type by name", async () => {
    await expect(
      readProcessorFiles(folder({ "preprocessor_config.json": { do_normalize: "yes" } })),
    ).rejects.toThrow(/do_normalize is "yes"; expected a boolean/);
  });

  it("read special tokens as text or as objects, tokenizer_config.json first", async () => {
    const { tokenizer } = await readProcessorFiles(folder({
      "tokenizer_config.json": { pad_token: { content: "[PAD]", lstrip: false }, do_lower_case: true, word_delimiter_token: " " },
      "special_tokens_map.json": { pad_token: "<ignored>", unk_token: "[UNK]" },
    })); // prettier-ignore
    expect(tokenizer).toMatchObject({
      padToken: "[PAD]",
      unkToken: "[UNK]",
      doLowerCase: true,
      wordDelimiterToken: " ",
    });
  });

  it("merge added tokens before looking for holes", async () => {
    const { vocabulary, notes } = await readProcessorFiles(folder({
      "vocab.json": { a: 0, b: 2 },
      "added_tokens.json": { "<s>": 3 },
      "tokenizer_config.json": { added_tokens_decoder: { "1": { content: "|" } } },
    })); // prettier-ignore
    expect(vocabulary?.tokens).toEqual(["a", "|", "b", "<s>"]);
    expect(notes).toEqual([]);
  });

  it("refuse ids far beyond the number of tokens", async () => {
    await expect(readProcessorFiles(folder({ "vocab.json": { a: 0, b: 1e12 } }))).rejects.toThrow(
      /largest id is 1000000000000 for 2 tokens/,
    );
  });

  it("pick the active language of a nested vocabulary", async () => {
    const vocab = { eng: { a: 0 }, fra: { b: 0, c: 1 } };
    const french = await readProcessorFiles(
      folder({ "vocab.json": vocab, "tokenizer_config.json": { target_lang: "fra" } }),
    );
    expect(french.vocabulary?.tokens).toEqual(["b", "c"]);
    expect((await readProcessorFiles(folder({ "vocab.json": vocab }))).vocabulary?.tokens).toEqual(["a"]);
    await expect(
      readProcessorFiles(folder({ "vocab.json": vocab, "tokenizer_config.json": { target_lang: "xxx" } })),
    ).rejects.toThrow(/has no language "xxx"/);
  });

  it("put Hugging Face's names in front of fairseq's dictionary", async () => {
    const { vocabulary } = await readProcessorFiles(folder({ "dict.ltr.txt": "| 94802\nE 51860\n" }));
    expect(vocabulary?.tokens).toEqual(["<pad>", "<s>", "</s>", "<unk>", "|", "E"]);
    await expect(readProcessorFiles(folder({ "dict.ltr.txt": "E 1\nE 2\n" }))).rejects.toThrow(
      /lists a symbol twice/,
    );
  });
});

describe("the licence", () => {
  it("is read from the front matter only", () => {
    expect(licenseOf("---\nlanguage: en\nlicense: cc-by-nc-4.0\n---\n# Model")).toBe("cc-by-nc-4.0");
    expect(licenseOf("# Model\nlicense: mit")).toBeUndefined();
  });

  it("is its own name where it is none of the usual ones", () => {
    expect(licenseOf("---\nlicense: other\nlicense_name: mine-1.0\n---\n")).toBe("mine-1.0");
    expect(licenseOf("---\nlicense: other\n---\n")).toBe("other");
  });
});
