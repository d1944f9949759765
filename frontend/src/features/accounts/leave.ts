/** Loads the page anew: what it remembers was told to somebody else. */
export function beSomebodyElse(): void {
  location.assign("/");
}
