import type { Change, Revision, Service, UpgradeOffer, UpgradeRequest } from "@/api/types";

import { explainShortage } from "./whyNot";

/** "colour" for `values.colour`: as its owner knows it from the form. */
export const nameOfField = (path: string): string => path.replace(/^(values|resources)\./, "");

/** Only what must change is sent: sizes that are sent would take a preset away. */
export function requestOf(offer: UpgradeOffer): UpgradeRequest {
  const refused = Object.keys(offer.refused);
  return {
    version: offer.version,
    ...(refused.some((path) => path.startsWith("values.")) ? { values: offer.values } : {}),
    ...(refused.some((path) => path.startsWith("resources.")) ? { resources: offer.resources } : {}),
  };
}

/** What is in the way; null where it can be upgraded. */
export function whyNoUpgrade(offer: UpgradeOffer): string | null {
  const problems = Object.entries(offer.problems).map(([path, text]) =>
    path === "" || path === "version" ? text : `${nameOfField(path)}: ${text}`,
  );
  const findings = offer.findings.map(({ message }) => message);
  const shortages = offer.shortages.map((one) => explainShortage(one));
  const all = [...problems, ...findings, ...shortages];
  return all.length > 0 ? all.join(" ") : null;
}

/** "Upgrade to 1.4.0"; null where the catalogue has nothing else for it. */
export function upgradeLabel(service: Service): string | null {
  if (service.upgrade_available !== null) return `Upgrade to ${service.upgrade_available}`;
  return service.chart_changed ? `Take the new ${service.version}` : null;
}

/** "Roll back to 1.3.0", or to the size or values that it had with the same version. */
export function rollBackLabel(service: Pick<Service, "version">, to: { version: string; revision: number }): string {
  return to.version === service.version ? `Roll back to revision ${to.revision}` : `Roll back to ${to.version}`;
}

const CHANGES: Record<Change, (revision: Revision) => string> = {
  launched: ({ version }) => `Launched with ${version}`,
  changed: () => "Changed",
  upgraded: ({ version }) => `Upgraded to ${version}`,
  rolled_back: ({ version, origin }) => `Rolled back to ${version}${origin === null ? "" : `, revision ${origin}`}`,
};

export const titleOfRevision = (revision: Revision): string => CHANGES[revision.change](revision);

/** A value as it is told: what was left to the chart has none. */
export const told = (value: unknown): string =>
  value === null || value === undefined ? "the chart’s default" : typeof value === "string" ? value : JSON.stringify(value);
