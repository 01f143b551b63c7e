/** A month in the life of a shop, for the stand-in: the same every time from the same seed. Never random. */
import type { FakeStripe } from "./fake.ts";

const DAY = 86_400;

const GOODS = ["Desk lamp", "Bookshelf", "Armchair", "Coffee table", "Rug, wool", "Floor lamp", "Wall clock", "Side table"];

/** Thirty days of sales, returns, a dispute, a top-up and a payout each week, until `now` (seconds since 1970). The stand-in's clock is set back for it and ends at `now`. */
export function tradeForAMonth({ world, books }: FakeStripe, now: number): void {
  world.advance(now - 30 * DAY - world.now());
  let chance = 20_260_301;
  const next = (below: number): number => {
    chance = (Math.imul(chance, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((chance / 2 ** 32) * below);
  };
  for (let day = 0; day < 30; day += 1) {
    const sales = 2 + next(5);
    for (let sale = 0; sale < sales; sale += 1) {
      const charge = books.charge({
        amount: 1_900 + next(48_000),
        currency: next(10) === 0 ? "eur" : "usd",
        description: `${GOODS[next(GOODS.length)] ?? "Desk lamp"}, order ${1_000 + day * 10 + sale}`,
      });
      world.advance(600 + next(3_000));
      if (next(12) === 0) books.refund(charge.id);
      if (day === 11 && sale === 0) books.dispute(charge.id);
    }
    if (day === 5) books.topUp({ amount: 50_000 });
    if (day % 7 === 6) books.payout();
    world.advance(Math.max(0, now - (29 - day) * DAY - world.now()));
  }
}
