// A restricted unpickler: builds plain data and tensor descriptions, and executes nothing.
// Opcodes: https://github.com/python/cpython/blob/3.11/Lib/pickletools.py
import { FormatError } from "../errors.js";
import { allowedGlobal, construct } from "./allowed-globals.js";
import { PickleCursor } from "./pickle-cursor.js";
import { PyGlobal, PyRecord, type PyDict, type PyValue } from "./values.js";

/** Far above any real checkpoint (a fairseq file of 1 B parameters has about 10^5 opcodes). */
const OPCODE_LIMIT = 20_000_000;
const MARK_LIMIT = 1000;

/** Turns a persistent id into a value; PyTorch's are storages. */
export type PersistentLoad = (file: string, id: PyValue) => PyValue;

/**
 * Reads one pickle, protocol 2 to 5.
 *
 * @param file shown in errors
 * @param start where the pickle begins in `bytes`
 * @param persistentLoad what BINPERSID gives
 * @returns the value, and the position after STOP
 * @throws FormatError on anything that is not plain data, a tensor, or an inert record
 * @throws NeedMoreBytes if `bytes` end before STOP
 */
export function unpickle(
  file: string,
  bytes: Uint8Array,
  start: number,
  persistentLoad: PersistentLoad,
): { value: PyValue; end: number } {
  const cursor = new PickleCursor(file, bytes, start);
  const machine = new Machine(file, cursor, persistentLoad);
  for (let count = 0; count < OPCODE_LIMIT; count++) {
    const code = cursor.uint8();
    if (code === 0x2e) return { value: machine.pop(), end: cursor.at }; // STOP
    const step = STEPS.get(code);
    if (!step)
      throw new FormatError(
        file,
        `the pickle has opcode 0x${code.toString(16).padStart(2, "0")} at byte ${cursor.at - 1}, which no weight file needs; it is damaged or hostile`,
      );
    step(machine, cursor);
  }
  throw new FormatError(file, `the pickle has more than ${OPCODE_LIMIT} opcodes; it is hostile`);
}

/** Stack, marks and memo of one pickle. */
class Machine {
  private readonly stack: PyValue[] = [];
  private readonly marks: number[] = [];
  private readonly memo = new Map<number, PyValue>();

  constructor(
    private readonly file: string,
    private readonly cursor: PickleCursor,
    private readonly persistentLoad: PersistentLoad,
  ) {}

  fail(reason: string): never {
    throw new FormatError(
      this.file,
      `the pickle ${reason} near byte ${this.cursor.at}; it is damaged or hostile`,
    );
  }
  push(value: PyValue): void {
    this.stack.push(value);
  }
  pop(): PyValue {
    if (this.stack.length <= (this.marks.at(-1) ?? 0)) this.fail("takes from an empty stack");
    return this.stack.pop()!;
  }
  top(): PyValue {
    const value = this.pop();
    this.push(value);
    return value;
  }
  mark(): void {
    if (this.marks.length >= MARK_LIMIT) this.fail(`nests deeper than ${MARK_LIMIT}`);
    this.marks.push(this.stack.length);
  }
  popToMark(): PyValue[] {
    const from = this.marks.pop();
    return from === undefined ? this.fail("closes a mark that was not set") : this.stack.splice(from);
  }
  popMany(count: number): PyValue[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }
  tuple(items: PyValue[]): void {
    this.push(Object.freeze(items));
  }
  remember(slot: number): void {
    this.memo.set(slot, this.top());
  }
  rememberNext(): void {
    this.remember(this.memo.size);
  }
  recall(slot: number): void {
    const value = this.memo.get(slot);
    if (value === undefined) this.fail(`reads memo slot ${slot}, which was never written`);
    this.push(value);
  }
  global(module: PyValue, name: PyValue): void {
    if (typeof module !== "string" || typeof name !== "string")
      this.fail("names a global by something that is not text");
    this.push(allowedGlobal(this.file, module, name));
  }
  call(): void {
    const args = this.pop();
    const callee = this.pop();
    if (!(callee instanceof PyGlobal) || !Array.isArray(args))
      this.fail("calls something that is not an allowed name");
    this.push(construct(this.file, callee, args as readonly PyValue[]));
  }
  persistent(): void {
    this.push(this.persistentLoad(this.file, this.pop()));
  }
  append(items: PyValue[]): void {
    const list = this.top();
    if (!Array.isArray(list) || Object.isFrozen(list)) this.fail("appends to something that is not a list");
    for (const item of items) list.push(item);
  }
  addItems(items: PyValue[]): void {
    const set = this.top();
    if (!(set instanceof Set)) this.fail("adds to something that is not a set");
    for (const item of items) set.add(item);
  }
  setItems(items: PyValue[]): void {
    const dict = this.top();
    if (!(dict instanceof Map) || items.length % 2 !== 0)
      this.fail("sets items of something that is not a dict");
    for (let i = 0; i < items.length; i += 2) dict.set(items[i]!, items[i + 1]!);
  }
  /** BUILD: attributes of a record; those of a dict (`_metadata` of a state dict) are dropped. */
  build(): void {
    const state = this.pop();
    const target = this.top();
    if (target instanceof Map) return;
    if (!(target instanceof PyRecord)) this.fail("sets attributes of something that has none");
    for (const part of Array.isArray(state) ? (state as readonly PyValue[]) : [state])
      if (part instanceof Map) for (const [key, value] of part as PyDict) target.fields.set(key, value);
  }
}

type Step = (machine: Machine, cursor: PickleCursor) => void;

/** Opcodes that PyTorch's and Python's binary protocols write; the text opcodes, INST, OBJ, PERSID and EXT are absent. */
const STEPS: ReadonlyMap<number, Step> = new Map<number, Step>([
  [0x80, (m, c) => void (c.uint8() > 5 && m.fail("has an unknown protocol"))], // PROTO
  [0x95, (_, c) => void c.uint64()], // FRAME
  [0x28, (m) => m.mark()], // MARK
  [0x30, (m) => void m.pop()], // POP
  [0x31, (m) => void m.popToMark()], // POP_MARK
  [0x32, (m) => m.push(m.top())], // DUP
  [0x4e, (m) => m.push(null)], // NONE
  [0x88, (m) => m.push(true)], // NEWTRUE
  [0x89, (m) => m.push(false)], // NEWFALSE
  [0x4a, (m, c) => m.push(c.int32())], // BININT
  [0x4b, (m, c) => m.push(c.uint8())], // BININT1
  [0x4d, (m, c) => m.push(c.uint16())], // BININT2
  [0x8a, (m, c) => m.push(c.long(c.uint8()))], // LONG1
  [0x8b, (m, c) => m.push(c.long(c.int32()))], // LONG4
  [0x47, (m, c) => m.push(c.float64())], // BINFLOAT
  [0x58, (m, c) => m.push(c.text(c.uint32()))], // BINUNICODE
  [0x8c, (m, c) => m.push(c.text(c.uint8()))], // SHORT_BINUNICODE
  [0x8d, (m, c) => m.push(c.text(c.uint64()))], // BINUNICODE8
  [0x54, (m, c) => m.push(c.text(c.uint32()))], // BINSTRING
  [0x55, (m, c) => m.push(c.text(c.uint8()))], // SHORT_BINSTRING
  [0x42, (m, c) => m.push(c.slice(c.uint32()))], // BINBYTES
  [0x43, (m, c) => m.push(c.slice(c.uint8()))], // SHORT_BINBYTES
  [0x8e, (m, c) => m.push(c.slice(c.uint64()))], // BINBYTES8
  [0x96, (m, c) => m.push(c.slice(c.uint64()))], // BYTEARRAY8
  [0x5d, (m) => m.push([])], // EMPTY_LIST
  [0x7d, (m) => m.push(new Map())], // EMPTY_DICT
  [0x8f, (m) => m.push(new Set())], // EMPTY_SET
  [0x29, (m) => m.tuple([])], // EMPTY_TUPLE
  [0x85, (m) => m.tuple(m.popMany(1))], // TUPLE1
  [0x86, (m) => m.tuple(m.popMany(2))], // TUPLE2
  [0x87, (m) => m.tuple(m.popMany(3))], // TUPLE3
  [0x74, (m) => m.tuple(m.popToMark())], // TUPLE
  [0x91, (m) => m.push(new Set(m.popToMark()))], // FROZENSET
  [0x61, (m) => m.append(m.popMany(1))], // APPEND
  [0x65, (m) => m.append(m.popToMark())], // APPENDS
  [0x90, (m) => m.addItems(m.popToMark())], // ADDITEMS
  [0x73, (m) => m.setItems(m.popMany(2))], // SETITEM
  [0x75, (m) => m.setItems(m.popToMark())], // SETITEMS
  [0x71, (m, c) => m.remember(c.uint8())], // BINPUT
  [0x72, (m, c) => m.remember(c.uint32())], // LONG_BINPUT
  [0x94, (m) => m.rememberNext()], // MEMOIZE
  [0x68, (m, c) => m.recall(c.uint8())], // BINGET
  [0x6a, (m, c) => m.recall(c.uint32())], // LONG_BINGET
  [0x63, (m, c) => m.global(c.line(), c.line())], // GLOBAL
  [0x93, (m) => m.global(...(m.popMany(2) as [PyValue, PyValue]))], // STACK_GLOBAL; popMany(2) gives two
  [0x52, (m) => m.call()], // REDUCE
  [0x81, (m) => m.call()], // NEWOBJ: an instance is what a call gives
  [0x51, (m) => m.persistent()], // BINPERSID
  [0x62, (m) => m.build()], // BUILD
]);
