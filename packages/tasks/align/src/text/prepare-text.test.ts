// Text as people write it, and what of it is aligned.
import { createVocabulary, STAR } from "@wav2vec/decoders";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { prepareText, type PrepareOptions } from "./prepare-text.js";

const vocabularyOf = (tokens: string) =>
  createVocabulary(Object.fromEntries(["<pad>", "<unk>", ...tokens].map((token, id) => [token, id])));
const upper = vocabularyOf("|ABCDEFGHIJKLMNOPQRSTUVWXYZ'");

/** Each word as `written=spelled`, units of several letters in brackets. */
async function spelled(text: string, options: PrepareOptions = {}, vocabulary = upper): Promise<string> {
  const { segments } = await prepareText(text, vocabulary, options);
  const tokenOf = (symbol: number) => (symbol === STAR ? "*" : vocabulary.tokens[symbol]!);
  return segments
    .flatMap(({ words }) => words)
    .map(({ text: written, units }) => {
      const parts = units.map(({ symbols }) => symbols.map(tokenOf).join(""));
      return `${written}=${parts.map((part) => (part.length > 1 ? `[${part}]` : part)).join("")}`;
    })
    .join(" ");
}

describe("prepareText", () => {
  it("keeps punctuation in the words and out of the symbols", async () => {
    expect(await spelled("“Hello,” she said – 'don’t!'")).toBe(
      "“Hello,”=HELLO she=SHE said –=SAID 'don’t!'=DON'T",
    );
  });

  it("ends words at dashes and dots between letters", async () => {
    expect(await spelled("well-known P.I.T.")).toBe("well-known=WELL|KNOWN P.I.T.=P|I|T");
  });

  it("follows the case of the vocabulary, also where a letter becomes two", async () => {
    expect(await spelled("Straße ﬁn")).toBe("Straße=STRA[SS]E ﬁn=[FI]N");
    expect(await spelled("ÉCOLE", {}, vocabularyOf("|école"))).toBe("ÉCOLE=école");
    expect(await spelled("ısı I", { language: "tr" }, vocabularyOf("|ıs"))).toBe("ısı=ısı I=ı");
  });

  it("drops diacritics only where the vocabulary lacks the letter", async () => {
    expect(await spelled("élève")).toBe("élève=ELEVE");
    expect(await spelled("élève", {}, vocabularyOf("|elvé"))).toBe("élève=éleve");
  });

  it("romanises other scripts", async () => {
    expect(await spelled("Привет Ελλάδα")).toBe("Привет=PRIVET Ελλάδα=ELLADA");
    expect(await spelled("日本語", { language: "ja" })).toBe("日本語=[RI][BEN][YU]");
  });

  it("takes the longest token", async () => {
    const vocabulary = createVocabulary({ "<pad>": 0, "|": 1, c: 2, h: 3, ch: 4 });
    const { segments } = await prepareText("Hch", vocabulary);
    expect(segments[0]!.words[0]!.units).toEqual([
      { text: "H", symbols: [3] },
      { text: "ch", symbols: [4] },
    ]);
  });

  it("says numbers, ordinals, money, per cent and signs in the language", async () => {
    expect(await spelled("21st 3,400 $5.20 50% & 007 10:30 R&B", { language: "en" })).toBe(
      "21st=[TWENTY|FIRST] 3,400=[THREE|THOUSAND|FOUR|HUNDRED] $5.20=[FIVE|DOLLARS|AND|TWENTY|CENTS] " +
        "50%=[FIFTY|PERCENT] &=[AND] 007=[ZERO|ZERO|SEVEN] 10:30=[TEN]|[THIRTY] R&B=R[|AND|]B",
    );
    expect(await spelled("3,5 ٣", { language: "de" })).toBe("3,5=[DREI|KOMMA|FUNF] ٣=[DREI]");
    expect(await spelled("1\u202F234", { language: "fr" })).toBe(
      "1\u202F234=[MILLE|DEUX|CENT|TRENTE|QUATRE]",
    );
  });

  it("leaves digits alone where the vocabulary has them", async () => {
    expect(await spelled("67", { language: "en" }, vocabularyOf("|67"))).toBe("67=67");
  });

  it("puts stars for what it cannot spell, and names it", async () => {
    const { warnings } = await prepareText("Take 5 ☂ ☂ and ½", upper);
    expect(warnings).toEqual([
      "numbers are aligned to whatever is said there: 5 (1×), ½ (1×); name the language to have numbers spelled out",
      "not in the model's vocabulary, and aligned to whatever is said there: ☂ (2×); write out what is said",
    ]);
    expect(await spelled("Take 55 ☂x *")).toBe("Take=TAKE 55=* ☂x=*X *=*");
  });

  it("cuts segments by line or by sentence", async () => {
    const text = "One two.\nThree? Four\n\nfive.\n--\n";
    const by = async (segmentBy: "lines" | "sentences") =>
      (await prepareText(text, upper, { segmentBy })).segments.map((segment) => segment.text);
    expect(await by("lines")).toEqual(["One two.", "Three? Four", "five."]);
    expect(await by("sentences")).toEqual(["One two.", "Three?", "Four", "five. --"]);
  });

  it("refuses a text without words and a malformed language", async () => {
    await expect(prepareText(" — \n", upper)).rejects.toThrow("align: the text has no words");
    await expect(prepareText("a", upper, { language: "e_" })).rejects.toThrow('align: language is "e_"');
  });

  it("loses no character of any text", async () => {
    const text = fc.string({ unit: "grapheme", minLength: 1 }).filter((value) => /[\p{L}\p{N}]/u.test(value));
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        const { segments } = await prepareText([value], upper, { language: "en" });
        const written = segments[0]!.words.map((word) => word.text).join("");
        expect(written.replace(/\s/gu, "")).toBe(value.replace(/\s/gu, ""));
        for (const { symbols } of segments[0]!.words.flatMap((word) => word.units)) {
          expect(symbols.length).toBeGreaterThan(0);
          expect(symbols.every((id) => id === STAR || (id > 1 && id < upper.tokens.length))).toBe(true);
        }
      }),
    );
  });
});
