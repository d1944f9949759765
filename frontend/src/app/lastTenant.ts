const KEY = "datalab-tenant";

/** The tenant that this browser looked at last. */
export function readLastTenant(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

export function keepLastTenant(slug: string): void {
  try {
    localStorage.setItem(KEY, slug);
  } catch {
    // Storage is switched off: the first tenant is shown next time.
  }
}
