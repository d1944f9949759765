import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { answer, client } from "./client";
import { keys } from "./keys";
import { cursorOf } from "./pagination";
import type { GroupRule, MappingPreview, Person, RuleDraft } from "./types";

export interface PeopleFilter {
  search?: string;
  platform_admin?: boolean;
  locked?: boolean;
}

export const peopleQuery = (filter: PeopleFilter) =>
  infiniteQueryOptions({
    queryKey: keys.peopleList(filter),
    queryFn: ({ signal, pageParam }) =>
      answer(
        client.GET("/api/v1/users", {
          params: { query: pageParam === "" ? filter : { ...filter, cursor: pageParam } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: ({ next }) => cursorOf(next),
  });

export const changePerson = (
  username: string,
  body: { is_active?: boolean; is_platform_admin?: boolean },
): Promise<Person> =>
  answer(client.PATCH("/api/v1/users/{username}", { params: { path: { username } }, body }));

export const groupRulesQuery = queryOptions({
  queryKey: keys.groupRules,
  queryFn: ({ signal }) => answer(client.GET("/api/v1/group-rules", { signal })),
});

/** What these rules and the installation's would change, and what `groups` would give somebody. */
export const mappingPreviewQuery = (rules: RuleDraft[], groups: string[]) =>
  queryOptions({
    queryKey: [...keys.groupRules, "preview", rules, groups],
    queryFn: ({ signal }): Promise<MappingPreview> =>
      answer(client.POST("/api/v1/group-rules/preview", { body: { rules, groups }, signal })),
  });

export const createRule = (body: RuleDraft): Promise<GroupRule> =>
  answer(client.POST("/api/v1/group-rules", { body }));

export const changeRule = (id: string, body: RuleDraft): Promise<GroupRule> =>
  answer(client.PATCH("/api/v1/group-rules/{rule_id}", { params: { path: { rule_id: id } }, body }));

export async function deleteRule(id: string): Promise<void> {
  await client.DELETE("/api/v1/group-rules/{rule_id}", { params: { path: { rule_id: id } } });
}
