/** Where a list goes on: the cursor in the address of its next page. */
export function cursorOf(next: string | null): string | undefined {
  if (next === null) return undefined;
  return new URL(next, location.origin).searchParams.get("cursor") ?? undefined;
}
