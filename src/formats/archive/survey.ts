/** Walks through a .zip or .gz once and says how the files in it are to be read. Unpacks no more of each than its sample; gives no record. */
import type { Format, MemberSettings, MemberShape, Survey } from "../format.ts";
import { isAside, MemberHead } from "./member-head.ts";
import { kindOf, MEMBERS_MAX, newUnpacker } from "./open.ts";
import { Shapes } from "./shapes.ts";
import type { Unpacked, Unpacker } from "./unpacker.ts";

export class ArchiveSurvey implements Survey {
  readonly #formats: readonly Format[];
  readonly #settings: MemberSettings;
  readonly #shapes = new Shapes();
  #unpacker: Unpacker | null = null;
  #head: Uint8Array = new Uint8Array();
  #member: { name: string; head: MemberHead } | null = null;
  #members = 0;
  isDone = false;

  constructor(formats: readonly Format[], settings: MemberSettings) {
    this.#formats = formats;
    this.#settings = settings;
  }

  push(chunk: Uint8Array): void {
    if (this.isDone) return;
    if (this.#unpacker === null) this.#begin(chunk);
    else this.#unpacker.add(chunk);
    this.#advance();
  }

  end(): MemberShape[] {
    this.#unpacker?.finish();
    this.#advance();
    return this.#shapes.all();
  }

  #begin(chunk: Uint8Array): void {
    const head = new Uint8Array(this.#head.length + chunk.length);
    head.set(this.#head);
    head.set(chunk, this.#head.length);
    this.#head = head;
    if (head.length < 2) return;
    this.#unpacker = newUnpacker(kindOf(head), 0);
    this.#unpacker.add(head);
    this.#head = new Uint8Array();
  }

  #advance(): void {
    for (let next = this.#unpacker?.next() ?? null; next !== null && !this.isDone; next = this.#unpacker?.next() ?? null) this.#take(next);
  }

  #take(happening: Unpacked): void {
    if (happening.type === "member") this.#open(happening.name);
    else if (happening.type === "bytes") this.#add(happening.bytes);
    else if (happening.type === "member_end") this.#choose(true);
    // What cannot be unpacked is the parser's to say.
    else this.isDone = true;
  }

  #open(name: string): void {
    this.#members += 1;
    this.isDone = this.#members > MEMBERS_MAX;
    this.#member = isAside(name) ? null : { name, head: new MemberHead({ name, formats: this.#formats, settings: this.#settings }) };
    if (this.#member === null) this.#unpacker?.passOver();
  }

  #add(bytes: Uint8Array): void {
    if (this.#member === null || bytes.length === 0) return;
    this.#member.head.add(bytes);
    this.#choose(false);
  }

  #choose(isWhole: boolean): void {
    const member = this.#member;
    const chosen = member?.head.choose(isWhole) ?? null;
    if (member === null || chosen === null) return;
    if ("format" in chosen && chosen.reading !== null) this.#shapes.add(member.name, chosen.format.id, chosen.reading);
    this.#member = null;
    this.#unpacker?.passOver();
  }
}
