// Groups voices that are alike: agglomerative clustering with average linkage.
import { requireOneModel, unitLength, type SpeakerEmbedding } from "../speaker-embedding.js";
import { SpeakerError } from "../speaker-error.js";

/** How many groups there shall be: a number, or however many are less alike than the threshold. */
export type GroupCount =
  | { readonly speakers: number; readonly threshold?: undefined }
  | { readonly threshold: number; readonly speakers?: undefined };

/** Two groups that became one, each named by one of its items. */
interface Merge {
  readonly a: number;
  readonly b: number;
  readonly distance: number;
}

/**
 * Clusters embeddings by their cosines; groups are as alike as their members are on average. Time and memory grow with
 * the square of the count: 4,000 take some 64 MB and seconds.
 *
 * @param count `speakers`: exactly so many groups, or as many as there are embeddings if these are fewer; `threshold`:
 *   groups stay apart whose mean cosine is below it
 * @returns the group of each embedding, numbered in order of appearance
 * @throws SpeakerError if embeddings are of different models, or the count or threshold is none
 * @see Müllner 2011, "Modern hierarchical, agglomerative clustering algorithms", section 3.2 (nearest-neighbour chain)
 */
export function clusterEmbeddings(embeddings: readonly SpeakerEmbedding[], count: GroupCount): number[] {
  const { speakers, threshold } = count;
  if (speakers !== undefined && (!Number.isInteger(speakers) || speakers < 1))
    throw new SpeakerError(`cluster: speakers is ${speakers}; expected a whole number of at least 1`);
  if (threshold !== undefined && !(threshold >= -1 && threshold <= 1))
    throw new SpeakerError(`cluster: threshold is ${threshold}; expected a cosine from -1 to 1`);
  for (const embedding of embeddings) requireOneModel("cluster", embeddings[0]!, embedding); // there is one in here

  const merges = averageLinkage(embeddings.map(({ values }) => unitLength(values)));
  const wanted =
    speakers === undefined
      ? merges.filter(({ distance }) => distance <= 1 - threshold)
      : merges.slice(0, Math.max(0, embeddings.length - speakers));
  return groupsOf(embeddings.length, wanted);
}

/** All merges, nearest first; distances are 1 - cosine. */
function averageLinkage(points: readonly Float32Array[]): Merge[] {
  const n = points.length;
  const distances = new Float32Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = i + 1; j < n; j++)
      distances[i * n + j] = distances[j * n + i] = 1 - dot(points[i]!, points[j]!);

  const sizes = new Int32Array(n).fill(1); // 0: swallowed
  const chain: number[] = [];
  const merges: Merge[] = [];
  while (merges.length < n - 1) {
    if (chain.length === 0) chain.push(sizes.findIndex((size) => size > 0));
    const top = chain.at(-1)!; // just made sure
    const before = chain.at(-2);
    // On equal distances the one before wins, or a chain could run in circles.
    let [nearest, least] = before === undefined ? [-1, Infinity] : [before, distances[top * n + before]!];
    for (let other = 0; other < n; other++) {
      if (other === top || sizes[other] === 0 || distances[top * n + other]! >= least) continue;
      [nearest, least] = [other, distances[top * n + other]!];
    }
    if (nearest !== before) {
      chain.push(nearest);
      continue;
    }
    chain.length -= 2;
    merges.push({ a: top, b: nearest, distance: least });
    const [kept, swallowed] = [Math.min(top, nearest), Math.max(top, nearest)];
    const [x, y] = [sizes[kept]!, sizes[swallowed]!];
    for (let other = 0; other < n; other++) {
      if (sizes[other] === 0 || other === kept || other === swallowed) continue;
      const mean = (x * distances[kept * n + other]! + y * distances[swallowed * n + other]!) / (x + y);
      distances[kept * n + other] = distances[other * n + kept] = mean;
    }
    sizes[kept] = x + y;
    sizes[swallowed] = 0;
  }
  return merges.sort((p, q) => p.distance - q.distance);
}

/** Members of one item each at first; a merge names any member of both groups. */
function groupsOf(count: number, merges: readonly Merge[]): number[] {
  const parent = Array.from({ length: count }, (_, i) => i);
  const rootOf = (item: number): number => {
    let root = item;
    while (parent[root] !== root) root = parent[root]!;
    return root;
  };
  for (const { a, b } of merges) parent[rootOf(a)] = rootOf(b);
  const numbers = new Map<number, number>();
  return parent.map((_, item) => {
    const root = rootOf(item);
    if (!numbers.has(root)) numbers.set(root, numbers.size);
    return numbers.get(root)!; // just set
  });
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
