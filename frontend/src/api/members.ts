import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { answer, client } from "./client";
import { keys } from "./keys";
import { cursorOf } from "./pagination";
import type { Invitation, MadeInvitation, Member, Role, ServicesFate } from "./types";

/** Whose services go where, when somebody leaves. `to` only with `hand_over`. */
export interface Fate {
  services: ServicesFate;
  to?: string;
}

export const membersQuery = (tenant: string, search: string) =>
  infiniteQueryOptions({
    queryKey: keys.memberList(tenant, search),
    queryFn: ({ signal, pageParam }) =>
      answer(
        client.GET("/api/v1/tenants/{tenant}/members", {
          params: {
            path: { tenant },
            query: { ...(search === "" ? {} : { search }), ...(pageParam === "" ? {} : { cursor: pageParam }) },
          },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: ({ next }) => cursorOf(next),
  });

/** Whether anybody administers the tenant from inside. */
export const hasAdminQuery = (tenant: string) =>
  queryOptions({
    queryKey: [...keys.members(tenant), "admins"],
    queryFn: async ({ signal }) => {
      const { results } = await answer(
        client.GET("/api/v1/tenants/{tenant}/members", {
          params: { path: { tenant }, query: { role: "admin", page_size: 200 } },
          signal,
        }),
      );
      return results.some(({ is_active }) => is_active);
    },
  });

export const invitationsQuery = (tenant: string) =>
  queryOptions({
    queryKey: keys.invitations(tenant),
    queryFn: async ({ signal }) => {
      const { results } = await answer(
        client.GET("/api/v1/tenants/{tenant}/invitations", {
          params: { path: { tenant }, query: { page_size: 200 } },
          signal,
        }),
      );
      return results;
    },
  });

export const keptOutQuery = (tenant: string) =>
  queryOptions({
    queryKey: keys.keptOut(tenant),
    queryFn: async ({ signal }) => {
      const { results } = await answer(
        client.GET("/api/v1/tenants/{tenant}/kept-out", {
          params: { path: { tenant }, query: { page_size: 200 } },
          signal,
        }),
      );
      return results;
    },
  });

export const withoutMemberQuery = (tenant: string) =>
  queryOptions({
    queryKey: [...keys.services(tenant), "without member"],
    queryFn: async ({ signal }) => {
      const { results } = await answer(
        client.GET("/api/v1/tenants/{tenant}/services", {
          params: { path: { tenant }, query: { without_member: true, page_size: 200 } },
          signal,
        }),
      );
      return results;
    },
  });

export const addMember = (tenant: string, username: string, role: Role): Promise<Member> =>
  answer(
    client.POST("/api/v1/tenants/{tenant}/members", { params: { path: { tenant } }, body: { username, role } }),
  );

export const changeRole = (tenant: string, user: string, role: Role): Promise<Member> =>
  answer(
    client.PATCH("/api/v1/tenants/{tenant}/members/{user}", {
      params: { path: { tenant, user } },
      body: { role },
    }),
  );

export async function removeMember(tenant: string, user: string, { services, to }: Fate): Promise<void> {
  await client.DELETE("/api/v1/tenants/{tenant}/members/{user}", {
    params: {
      path: { tenant, user },
      query: { services, ...(to === undefined ? {} : { hand_over_to: to }) },
    },
  });
}

export async function letIn(tenant: string, user: string): Promise<void> {
  await client.DELETE("/api/v1/tenants/{tenant}/kept-out/{user}", { params: { path: { tenant, user } } });
}

export const invite = (tenant: string, email: string, role: Role, days: number): Promise<MadeInvitation> =>
  answer(
    client.POST("/api/v1/tenants/{tenant}/invitations", {
      params: { path: { tenant } },
      body: { email, role, expires_in_days: days },
    }),
  );

export const inviteAgain = (tenant: string, { id }: Pick<Invitation, "id">): Promise<MadeInvitation> =>
  answer(
    client.POST("/api/v1/tenants/{tenant}/invitations/{invitation_id}/resend", {
      params: { path: { tenant, invitation_id: id } },
      body: {},
    }),
  );

export async function revokeInvitation(tenant: string, { id }: Pick<Invitation, "id">): Promise<void> {
  await client.DELETE("/api/v1/tenants/{tenant}/invitations/{invitation_id}", {
    params: { path: { tenant, invitation_id: id } },
  });
}

/** The slug of the tenant whose member one is now. */
export async function acceptInvitation(token: string): Promise<string> {
  const { tenant } = await answer(client.POST("/api/v1/invitations/accept", { body: { token } }));
  return tenant;
}

export async function handOver(tenant: string, service: string, to: string): Promise<void> {
  await client.POST("/api/v1/tenants/{tenant}/services/{service}/hand-over", {
    params: { path: { tenant, service } },
    body: { to },
  });
}
