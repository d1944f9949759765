import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { listenToServices } from "@/api/events";
import { keys } from "@/api/keys";
import type { Service, ServiceDetail, ServiceEvent } from "@/api/types";
import { announce } from "@/components/LiveRegion";

import { PHASES } from "./phases";

/** Read anew this often while there is no stream. */
const WITHOUT_STREAM_MS = 5_000;
/** A burst of events reads the lists once. */
const GATHER_MS = 250;

function withEvent<T extends Service>(service: T, event: ServiceEvent): T {
  if (event.phase === "gone") return { ...service, phase: "removing" };
  return {
    ...service,
    phase: event.phase,
    reason: event.reason,
    progress: event.progress,
    url: event.url ?? service.url,
  };
}

/** The list after the event: what is gone is no longer in it. */
function listWithEvent(services: Service[], event: ServiceEvent): Service[] {
  if (event.phase === "gone") return services.filter(({ id }) => id !== event.id);
  return services.map((service) => (service.id === event.id ? withEvent(service, event) : service));
}

function sentenceFor(event: ServiceEvent, before: Service | undefined): string {
  const name = event.name ?? before?.name ?? "A service";
  if (event.phase === "gone") return `${name}: Removed.`;
  return `${name}: ${PHASES[event.phase].title}. ${event.reason?.message ?? ""}`;
}

/** Keeps what the page knows about a tenant's services as fresh as the platform's own knowledge. */
export function useServiceEvents(tenant: string | undefined): void {
  const queries = useQueryClient();
  useEffect(() => {
    if (tenant === undefined) return undefined;
    let gathering: ReturnType<typeof setTimeout> | undefined;
    let polling: ReturnType<typeof setInterval> | undefined;
    const readAnew = () => {
      void queries.invalidateQueries({ queryKey: keys.services(tenant) });
      void queries.invalidateQueries({ queryKey: [...keys.tenant(tenant), "service"] });
      void queries.invalidateQueries({ queryKey: keys.quota(tenant) });
    };
    const readSoon = () => {
      gathering ??= setTimeout(() => {
        gathering = undefined;
        readAnew();
      }, GATHER_MS);
    };
    const onEvent = (event: ServiceEvent) => {
      const before = queries
        .getQueryData<Service[]>(keys.services(tenant))
        ?.find(({ id }) => id === event.id);
      queries.setQueryData<Service[]>(keys.services(tenant), (services) =>
        services && listWithEvent(services, event),
      );
      queries.setQueryData<ServiceDetail>(keys.service(tenant, event.id), (service) =>
        service && withEvent(service, event),
      );
      if (before?.phase === event.phase) return;
      announce(sentenceFor(event, before));
      readSoon();
    };
    const onConnected = (connected: boolean) => {
      clearInterval(polling);
      if (connected) readSoon();
      else polling = setInterval(readAnew, WITHOUT_STREAM_MS);
    };
    const stop = listenToServices(tenant, { onEvent, onConnected });
    return () => {
      stop();
      clearTimeout(gathering);
      clearInterval(polling);
    };
  }, [tenant, queries]);
}
