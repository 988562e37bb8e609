import { assert, assertEquals } from "@std/assert";
import { isPrivateAddress, isPrivateHost } from "../../src/callbacks/addresses.ts";

const privateUrls = `
  http://localhost http://LOCALHOST. http://shop.localhost http://printer.local http://db.internal http://intranet
  http://127.0.0.1 http://127.1 http://2130706433 http://0x7f000001 http://0x7f.1 http://017700000001 http://0177.0.0.1
  http://127.0.0.1. http://%31%32%37.0.0.1 http://①②⑦.⓪.⓪.① http://0.0.0.0 http://0 http://10.1.2.3 http://172.16.0.1
  http://172.31.255.255 http://192.168.1.1 http://169.254.169.254 http://100.64.0.1 http://198.18.0.1 http://224.0.0.1
  http://255.255.255.255 http://192.0.2.1 http://[::1] http://[::] http://[::ffff:127.0.0.1] http://[::ffff:7f00:1]
  http://[::127.0.0.1] http://[64:ff9b::7f00:1] http://[fc00::1] http://[fd12::1] http://[fe80::1] http://[ff02::1]
  http://[2002:7f00:1::] http://[2001::1] http://[2001:db8::1] http://[0:0:0:0:0:0:0:1] http://[fec0::1]
`.trim().split(/\s+/);

const publicUrls = `
  http://shop.example http://hooks.shop.example http://8.8.8.8 http://172.32.0.1 http://172.15.0.1 http://192.169.0.1
  http://100.128.0.1 http://11.0.0.1 http://223.255.255.255 http://[2606:4700:4700::1111] http://[2a00:1450::1]
  http://localhost.example http://10.0.0.1.example http://1.1.1.1
`.trim().split(/\s+/);

Deno.test("isPrivateHost() knows what is not of the public internet, in any notation that a URL knows", () => {
  for (const url of privateUrls) assert(isPrivateHost(new URL(url).hostname), url);
  for (const url of publicUrls) assert(!isPrivateHost(new URL(url).hostname), url);
});

Deno.test("isPrivateAddress() takes what is no address for one that is private", () => {
  const addresses = [
    "127.0.0.1",
    "::1",
    "fe80::1%eth0",
    "::ffff:10.0.0.1",
    "nonsense",
    "",
    "2606:4700::1111",
    "8.8.8.8",
  ];
  assertEquals(addresses.map(isPrivateAddress), [true, true, true, true, true, true, false, false]);
});
