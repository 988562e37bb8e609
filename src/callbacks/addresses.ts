/**
 * Which addresses belong to the public internet.
 *
 * @module
 */

/** Blocks of IPv4 that do not: each its first address and how many bits are the same. */
const privateV4: readonly (readonly [block: string, bits: number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
];

/** Names that mean this machine or this network, whoever resolves them. */
const privateNames = /(^|\.)(localhost|local|internal|intranet|lan|home|corp|arpa)$/;

/**
 * Whether a host is private: an address that is not of the public internet, in any notation that a URL knows, or a name
 * that means this machine or network. Of other names only their addresses tell.
 *
 * @param host As `URL` gives it: IPv4 in four numbers, IPv6 in brackets, names in lower case.
 */
export function isPrivateHost(host: string): boolean {
  const name = host.replace(/\.$/, "");
  if (name.startsWith("[")) return isPrivateAddress(name.slice(1, -1));
  if (isV4(name)) return isPrivateAddress(name);
  return privateNames.test(name) || !name.includes(".");
}

/** Whether an address is not of the public internet; what is no address is taken for one that is not. */
export function isPrivateAddress(address: string): boolean {
  return isV4(address) ? isPrivateV4(numberOf(address)) : isPrivateV6(address);
}

function isV4(text: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(text);
}

function numberOf(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

function isPrivateV4(address: number): boolean {
  return privateV4.some(([block, bits]) => {
    const size = 2 ** (32 - bits);
    return Math.floor(address / size) === Math.floor(numberOf(block) / size);
  });
}

function isPrivateV6(address: string): boolean {
  const groups = groupsOf(address);
  if (!groups) return true;
  const [a, b] = groups as [number, number];
  // Global unicast is 2000::/3; of that, these are for documentation, or carry an IPv4 address that leads elsewhere.
  if (a >> 13 !== 1) return true;
  return a === 0x2002 || (a === 0x2001 && (b < 0x200 || b === 0xdb8)) || a === 0x3fff;
}

/** The eight groups of an IPv6 address; `undefined` when it is none. */
function groupsOf(address: string): readonly number[] | undefined {
  try {
    // A URL writes them in one way, an IPv4 tail too.
    const text = new URL(`http://[${address.replace(/%.*$/, "")}]/`).hostname.slice(1, -1);
    const [head = "", tail] = text.split("::");
    const read = (part: string) => part === "" ? [] : part.split(":").map((group) => parseInt(group, 16));
    const [first, last] = [read(head), tail === undefined ? [] : read(tail)];
    return [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last];
  } catch {
    return undefined;
  }
}
