/** The road under fire: seeded histories with kills, zombies, outages and lost messages. The other half of them is in road-again.test.ts, on the other core. */
import { livesThrough } from "./support/road-under-fire.ts";

livesThrough({ from: 1, count: 50 });
