/** What the Worker's runtime has and Node lacks, as far as depositing needs it. For the simulation only: checks lengths and hashes, streams nothing large. */
import { createHash } from "node:crypto";

/** Installs `FixedLengthStream` and `crypto.DigestStream` where they are missing; doing it twice changes nothing. */
export function installPlatform(): void {
  if (!("FixedLengthStream" in globalThis)) Object.defineProperty(globalThis, "FixedLengthStream", { value: FixedLength, configurable: true });
  if (!("DigestStream" in crypto)) Object.defineProperty(crypto, "DigestStream", { value: Digest, configurable: true });
}

/** Passes bytes through and fails where they are not as many as were announced. */
class FixedLength extends TransformStream<Uint8Array, Uint8Array> {
  constructor(sizeBytes: number) {
    let seen = 0;
    super({
      transform(chunk, controller) {
        seen += chunk.byteLength;
        if (seen > sizeBytes) controller.error(new TypeError("More bytes came than were announced."));
        else controller.enqueue(chunk);
      },
      flush(controller) {
        if (seen < sizeBytes) controller.error(new TypeError("Fewer bytes came than were announced."));
      },
    });
  }
}

/** Hashes what is written into it; SHA-256 only, as the house uses it. */
class Digest extends WritableStream<Uint8Array> {
  readonly digest: Promise<ArrayBuffer>;

  constructor() {
    const hash = createHash("sha256");
    const { promise, resolve, reject } = Promise.withResolvers<ArrayBuffer>();
    super({
      write: (chunk) => void hash.update(chunk),
      close: () => resolve(Uint8Array.from(hash.digest()).buffer),
      abort: (reason) => reject(reason),
    });
    // A deposit that fails elsewhere asks for no digest.
    promise.catch(() => undefined);
    this.digest = promise;
  }
}
