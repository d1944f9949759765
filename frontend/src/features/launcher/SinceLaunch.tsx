import { useQuery } from "@tanstack/react-query";

import type { Service } from "@/api/types";
import { serviceUsageQuery } from "@/api/usage";
import { useRights, useTenant } from "@/app/session";
import { formatFigure, formatMoney } from "@/features/usage/figures";

/** What it has used, for who may know: its owner and the tenant's admins. */
export function SinceLaunch({ service }: { service: Service }) {
  const { slug } = useTenant();
  const { canManage } = useRights();
  const usage = useQuery({ ...serviceUsageQuery(slug, service.id), enabled: canManage(service) });
  if (usage.data === undefined) return "–";
  const { cost, currency, cpu_hours, gpu_hours } = usage.data;
  const hours = [`${formatFigure("cpu_hours", Number(cpu_hours), null)} core hours`];
  if (Number(gpu_hours) > 0) hours.push(`${formatFigure("gpu_hours", Number(gpu_hours), null)} GPU hours`);
  if (cost !== null) hours.unshift(formatMoney(Number(cost), currency));
  return hours.join(", ");
}
