// Sends with the real Node SDK: node node_client.mjs <host> <project API key> <distinct id> <company>
import { PostHog } from "posthog-node";

const [host, key, distinctId, company] = process.argv.slice(2);
const posthog = new PostHog(key, { host });

posthog.capture({
  distinctId,
  event: "order placed",
  properties: { total: 42.5, items: ["tea", "cup"], gift: true, note: "naïve 🫖" },
  groups: { company },
  timestamp: new Date("2026-03-29T01:30:15.123Z"),
});
posthog.identify({ distinctId, properties: { email: "ada@example.com", $set_once: { first_seen_on: "blog" } } });
posthog.groupIdentify({ groupType: "company", groupKey: company, properties: { name: "Acme", seats: 12 } });
posthog.alias({ distinctId, alias: `${distinctId}-alias` });
await posthog.captureImmediate({ distinctId, event: "sent at once" });
console.log(JSON.stringify({ flags: await posthog.getAllFlags(distinctId) }));
await posthog.shutdown();
