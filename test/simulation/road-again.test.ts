/** The road under fire, the second half of the hundred histories: see road.test.ts. */
import { livesThrough } from "./support/road-under-fire.ts";

livesThrough({ from: 51, count: 50 });
