import { useDebouncedValue } from "@mantine/hooks";
import type { RJSFSchema } from "@rjsf/utils";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { useNavigate } from "react-router";

import { previewQuery } from "@/api/catalog";
import { keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import { roomQuery } from "@/api/room";
import { launchService } from "@/api/services";
import type { Chart, LaunchForm } from "@/api/types";
import { addresses } from "@/app/addresses";
import { useTenant } from "@/app/session";
import { notifyDone } from "@/components/notify";

import { type Draft, firstDraft, newIdempotencyKey, requestOf } from "./draft";
import { untouchedValues } from "./validator";

const PREVIEW_AFTER_MS = 300;

/** The state of one launch form: what is filled in, what it would take, and the launch itself. */
export function useLaunchForm(chart: Chart, form: LaunchForm) {
  const { slug } = useTenant();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [untouched] = useState(() => untouchedValues(form.schema as RJSFSchema, form.defaults));
  const [draft, setDraft] = useState(() => firstDraft(form, untouched));
  const [idempotencyKey] = useState(newIdempotencyKey);
  const request = useMemo(() => requestOf(form.presets, draft, untouched, chart), [form.presets, draft, untouched, chart]);
  const [settled] = useDebouncedValue(request, PREVIEW_AFTER_MS);
  const { catalog, chart: name, ...asked } = settled;
  const preview = useQuery(
    previewQuery({ tenant: slug, catalog: catalog ?? chart.catalog, chart: name }, asked),
  );
  const { data: room } = useQuery(roomQuery(slug));
  useEffect(() => {
    // What is free has changed, so what the launch would have to wait for may have, too.
    if (room) void queries.invalidateQueries({ queryKey: keys.previews(slug) });
  }, [queries, room, slug]);
  // What was last known to be true stays to be seen while something in the form is wrong.
  const [lastPreview, setLastPreview] = useState(preview.data);
  if (preview.data !== undefined && preview.data !== lastPreview) setLastPreview(preview.data);
  const sent = useRef(false);
  const launch = useMutation({
    mutationFn: () => launchService(slug, request, idempotencyKey),
    onSuccess: async (service) => {
      notifyDone(`${service.name} is on its way`, "Follow it here; it opens as soon as it is ready.");
      void queries.invalidateQueries({ queryKey: keys.tenant(slug) });
      await navigate(addresses.services(slug));
    },
    onSettled: () => {
      sent.current = false;
    },
    onError: () => {
      // Somebody else may have been faster: show what is free now.
      void queries.invalidateQueries({ queryKey: keys.quota(slug) });
      void queries.invalidateQueries({ queryKey: keys.previews(slug) });
    },
  });
  /** The second click of a double click comes before the button shows that the first has counted. */
  const launchOnce = () => {
    if (sent.current) return;
    sent.current = true;
    launch.mutate();
  };
  const change = (part: Partial<Draft>) => {
    if (launch.isError) launch.reset();
    setDraft((before) => ({ ...before, ...part }));
  };
  const fields = {
    ...(preview.error ? asProblem(preview.error).fields : {}),
    ...(launch.error ? asProblem(launch.error).fields : {}),
  };
  return { draft, change, room, request, idempotencyKey, preview, lastPreview, launch, launchOnce, fields, untouched };
}

export type LaunchFormState = ReturnType<typeof useLaunchForm>;
