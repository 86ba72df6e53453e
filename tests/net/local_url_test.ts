import { assertEquals } from "@std/assert";
import { isLocalUrl } from "../../lib/net/local_url.ts";
import { test } from "../support/test.ts";

test("isLocalUrl: this machine and this network, as the host is written", () => {
  const local = [
    "localhost:1234",
    "127.0.0.1",
    "127.1",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.1",
    "192.168.1.20:11434",
    "169.254.3.4",
    "[::1]:8080",
    "[fd12::1]",
    "[fe80::1]",
    "[::ffff:192.168.1.20]",
    "nas",
    "nas.local",
    "NAS.Local.",
    "host.docker.internal",
    "box.home.arpa",
  ];
  const remote = [
    "api.openai.com",
    "172.32.0.1",
    "192.169.1.1",
    "11.0.0.1",
    "8.8.8.8",
    "[2001:db8::1]",
    "[::ffff:8.8.8.8]",
    "local.example.com",
    "10.example.com",
  ];
  assertEquals(local.filter((host) => !isLocalUrl(`http://${host}/v1`)), []);
  assertEquals(remote.filter((host) => isLocalUrl(`http://${host}/v1`)), []);
});
