/** Text that is made while it is read, as a body: what is not asked for is not made. */
import { errorFields, log } from "../lib/log.ts";

export function streamOf(head: string, pages: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start(controller) {
      controller.enqueue(encoder.encode(head));
    },
    async pull(controller) {
      const { done, value } = await pages.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await pages.return(undefined);
    },
  });
}

/** As `streamOf`, of what holds something open while it writes: it ends, and lets go, when all is written or nobody reads on. */
export function streamFrom(produce: (write: (text: string) => Promise<void>) => Promise<void>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const all = async () => {
    try {
      await produce((text) => writer.write(encoder.encode(text)));
      await writer.close();
    } catch (error) {
      // Whoever reads sees it end before its end; whoever went away asked for that.
      await writer.abort(error).catch(() => undefined);
      log("warn", "export_cut", errorFields(error));
    }
  };
  void all();
  return readable;
}
