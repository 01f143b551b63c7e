/** Which addresses the Worker may ask: public https hosts. Never resolves a name; the platform's own fetch reaches no private network. */
import ipaddr from "ipaddr.js";

export type AddressRefusal = "not_an_address" | "not_https" | "credentials_in_address" | "private_address" | "private_name" | "port_refused";

/** Names that stand for a place inside somebody's own network, or for nothing at all (RFC 6761, 6762, 8375, 2606; ICANN's .internal). */
const PRIVATE_ENDINGS: readonly string[] = [
  "localhost",
  "local",
  "internal",
  "intranet",
  "lan",
  "corp",
  "home",
  "private",
  "home.arpa",
  "in-addr.arpa",
  "ip6.arpa",
  "invalid",
  "onion",
];

/** 443, and what lies above the ports of other protocols' servers. */
const HTTPS_PORT = 443;
const FREE_PORTS_START = 1024;

/**
 * Null where `address` may be asked, else why not. Takes what `new URL` made of the text: there `0177.1`, `2130706433` and `0x7f.1` are `127.0.0.1`
 * already. `allowLoopback`: http or https to this very machine is fine too (local runs and tests).
 */
export function refusedAddress(address: URL, { allowLoopback = false }: { allowLoopback?: boolean } = {}): AddressRefusal | null {
  if (address.username !== "" || address.password !== "") return "credentials_in_address";
  if (allowLoopback && isLoopback(address.hostname) && /^https?:$/.test(address.protocol)) return null;
  if (address.protocol !== "https:") return "not_https";
  const port = address.port === "" ? HTTPS_PORT : Number(address.port);
  if (port !== HTTPS_PORT && port < FREE_PORTS_START) return "port_refused";
  return refusedHost(address.hostname);
}

/** The same for a bare host, as an SFTP server's: a name or an IPv4 or IPv6 address, with or without brackets. */
export function refusedHost(host: string): "private_address" | "private_name" | null {
  const bare = host
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/\.$/, "")
    .toLowerCase();
  if (ipaddr.isValid(bare)) {
    const ip = ipaddr.process(bare);
    return ip.range() === "unicast" ? null : "private_address";
  }
  const isPrivate = !bare.includes(".") || PRIVATE_ENDINGS.some((ending) => bare.endsWith(`.${ending}`));
  return isPrivate ? "private_name" : null;
}

/** This very machine, by the three names that local servers are reached by. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]";
}
