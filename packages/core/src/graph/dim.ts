// Axis lengths: numbers, or integer polynomials in symbols such as `batch` and `samples`.
import { ShapeError } from "./errors.js";

/** Length of one axis, known now (number) or when the program runs (expression). */
export type Dim = number | DimExpr;
/** Axis lengths, outermost first. */
export type Shape = readonly Dim[];

/** A sum of terms in canonical order, so that equal polynomials have equal keys. */
export interface DimExpr {
  readonly terms: readonly DimTerm[];
  readonly key: string;
}
/** `coefficient` times the product of `atoms`; no atoms means a plain integer. */
export interface DimTerm {
  readonly coefficient: number;
  readonly atoms: readonly DimAtom[];
}
/** What a term multiplies: a named length, or the floor of a quotient. */
export type DimAtom =
  | { readonly kind: "symbol"; readonly name: string; readonly key: string }
  | {
      readonly kind: "floorDiv";
      readonly numerator: DimExpr;
      readonly divisor: number;
      readonly key: string;
    };

/** A length that is known only when the program runs. */
export function symbol(name: string): Dim {
  return expression([{ coefficient: 1, atoms: [{ kind: "symbol", name, key: name }] }]);
}

export function addDims(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return a + b;
  return expression([...terms(a), ...terms(b)]);
}

export function subDims(a: Dim, b: Dim): Dim {
  return addDims(a, mulDims(b, -1));
}

export function mulDims(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return a * b;
  return expression(
    terms(a).flatMap((x) =>
      terms(b).map((y) => ({ coefficient: x.coefficient * y.coefficient, atoms: [...x.atoms, ...y.atoms] })),
    ),
  );
}

/** floor(a / divisor); multiples of the divisor are taken out first, so that floor((4n + 3) / 4) is n. */
export function floorDivDim(a: Dim, divisor: number): Dim {
  if (typeof a === "number") return Math.floor(a / divisor);
  const whole: DimTerm[] = [];
  const rest: DimTerm[] = [];
  for (const term of a.terms) {
    const multiple =
      term.atoms.length === 0 ? Math.floor(term.coefficient / divisor) : term.coefficient / divisor;
    if (!Number.isInteger(multiple)) {
      rest.push(term);
      continue;
    }
    whole.push({ ...term, coefficient: multiple });
    const remainder = term.coefficient - multiple * divisor;
    if (remainder !== 0) rest.push({ ...term, coefficient: remainder });
  }
  const numerator = expression(rest);
  if (typeof numerator === "number") return expression([...whole, ...terms(Math.floor(numerator / divisor))]);
  const key = `floor((${numerator.key}) / ${divisor})`;
  return expression([...whole, { coefficient: 1, atoms: [{ kind: "floorDiv", numerator, divisor, key }] }]);
}

/** a / divisor, if that is whole for every value of the symbols; `divisor` is a number or a single product. */
export function exactQuotient(a: Dim, divisor: Dim): Dim | undefined {
  const [by, ...others] = terms(divisor);
  if (!by || others.length > 0) return undefined;
  const quotients: DimTerm[] = [];
  for (const { coefficient, atoms } of terms(a)) {
    const rest = [...atoms];
    for (const { key } of by.atoms) {
      const at = rest.findIndex((atom) => atom.key === key);
      if (at < 0) return undefined;
      rest.splice(at, 1);
    }
    const multiple = coefficient / by.coefficient;
    if (!Number.isInteger(multiple)) return undefined;
    quotients.push({ coefficient: multiple, atoms: rest });
  }
  return expression(quotients);
}

/** The largest number that divides `a` for every value of its symbols. */
export function commonFactor(a: Dim): number {
  return terms(a).reduce((factor, { coefficient }) => gcd(factor, Math.abs(coefficient)), 0);
}

/** Whether two lengths are equal for every value of their symbols. */
export function sameDim(a: Dim, b: Dim): boolean {
  return typeof a === "number" || typeof b === "number" ? a === b : a.key === b.key;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, axis) => sameDim(dim, b[axis]!));
}

/** Number of elements. */
export function sizeOf(shape: Shape): Dim {
  return shape.reduce<Dim>(mulDims, 1);
}

export function formatDim(dim: Dim): string {
  return typeof dim === "number" ? String(dim) : dim.key;
}

export function formatShape(shape: Shape): string {
  return `[${shape.map(formatDim).join(", ")}]`;
}

/** Values of symbols, by name. */
export type Bindings = ReadonlyMap<string, number>;

/** @throws ShapeError if a symbol has no value */
export function evaluateDim(dim: Dim, bindings: Bindings): number {
  if (typeof dim === "number") return dim;
  let sum = 0;
  for (const { coefficient, atoms } of dim.terms) {
    sum += atoms.reduce((product, atom) => product * evaluateAtom(atom, bindings), coefficient);
  }
  return sum;
}

export function evaluateShape(shape: Shape, bindings: Bindings): number[] {
  return shape.map((dim) => evaluateDim(dim, bindings));
}

/**
 * Finds the values of the symbols in `declared` from the actual shape of an input.
 * Only axes that are a bare symbol define it; every axis is checked afterwards by the caller's `evaluateShape`.
 */
export function bindShape(
  name: string,
  declared: Shape,
  actual: readonly number[],
  bindings: Map<string, number>,
): void {
  const refuse = (): never => {
    throw new ShapeError(
      `run: input "${name}" is ${formatShape(actual)}; expected ${formatShape(declared)}` +
        (bindings.size > 0 ? ` with ${[...bindings].map(([k, v]) => `${k} = ${v}`).join(", ")}` : ""),
    );
  };
  if (declared.length !== actual.length) refuse();
  declared.forEach((dim, axis) => {
    const bare = typeof dim === "number" ? undefined : bareSymbol(dim);
    if (bare !== undefined && !bindings.has(bare)) bindings.set(bare, actual[axis]!);
  });
  declared.forEach((dim, axis) => {
    if (evaluateDim(dim, bindings) !== actual[axis]) refuse();
  });
}

function evaluateAtom(atom: DimAtom, bindings: Bindings): number {
  if (atom.kind === "floorDiv") return Math.floor(evaluateDim(atom.numerator, bindings) / atom.divisor);
  const value = bindings.get(atom.name);
  if (value === undefined)
    throw new ShapeError(`dim: "${atom.name}" has no value; it must be an axis of some input`);
  return value;
}

/** Name of the symbol that an expression consists of; undefined if it is more than that. */
export function bareSymbol({ terms: [term, ...others] }: DimExpr): string | undefined {
  const atom = term?.atoms[0];
  const bare =
    others.length === 0 && term?.coefficient === 1 && term.atoms.length === 1 && atom?.kind === "symbol";
  return bare ? atom.name : undefined;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

function terms(dim: Dim): readonly DimTerm[] {
  return typeof dim === "number" ? [{ coefficient: dim, atoms: [] }] : dim.terms;
}

/** Collects like terms and sorts them; a constant becomes a number again. */
function expression(all: readonly DimTerm[]): Dim {
  const byAtoms = new Map<string, DimTerm>();
  for (const { coefficient, atoms } of all) {
    const sorted = [...atoms].sort((a, b) => (a.key < b.key ? -1 : 1));
    const key = sorted.map((atom) => atom.key).join("*");
    byAtoms.set(key, { coefficient: coefficient + (byAtoms.get(key)?.coefficient ?? 0), atoms: sorted });
  }
  const kept = [...byAtoms]
    .filter(([, { coefficient }]) => coefficient !== 0)
    .sort(([a], [b]) => (a < b ? 1 : -1));
  if (kept.length === 0) return 0;
  if (kept.length === 1 && kept[0]![1].atoms.length === 0) return kept[0]![1].coefficient;
  const key = kept.map(([atoms, { coefficient }]) => formatTerm(atoms, coefficient)).join(" + ");
  return { terms: kept.map(([, term]) => term), key };
}

function formatTerm(atoms: string, coefficient: number): string {
  if (atoms === "") return String(coefficient);
  return coefficient === 1 ? atoms : `${coefficient}*${atoms}`;
}
