/** One resource that a launch asks too much of. */
export interface Shortage {
  resource: string;
  whose: "tenant" | "member";
  limit: string | number;
  used: string | number;
  asked: string | number;
  available: string | number;
}

interface ProblemBody {
  code?: string;
  detail?: string;
  fields?: Record<string, string[]>;
  resources?: Shortage[];
}

/** Where the platform gives no sentence of its own. */
const SENTENCES: Record<string, string> = {
  unreachable: "Datalab does not answer. Check your connection; we keep trying.",
  not_signed_in: "You are signed out. Sign in again to go on.",
  not_allowed: "Your role in this tenant does not allow that. Ask one of its administrators.",
  not_found: "This does not exist, or you have no access to it.",
  conflict: "Somebody else changed this in the meantime. Load it again and retry.",
  tenant_suspended: "This tenant is suspended: you can look, but change nothing.",
  quota_exceeded: "The tenant's quota has no room for this.",
  invalid_input: "Something in the form is not right.",
  throttled: "That was a lot at once. Wait a moment and try again.",
  provider_unavailable: "A part of the platform does not answer right now. Try again in a minute.",
  provider_refused: "A part of the platform refused this. The platform's administrator can see why.",
  permission_denied: "The request was refused. Reload the page and try again.",
  error: "Something went wrong on our side. Try again; if it stays, tell your administrator.",
};

/** Every way in which the platform says no, or says nothing. `message` is for people. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  /** Dotted path of the request to what is wrong there. */
  readonly fields: Record<string, string[]>;
  readonly shortages: Shortage[];

  constructor(status: number, body: ProblemBody) {
    const code = body.code ?? codeOfStatus(status);
    super(body.detail ?? SENTENCES[code] ?? SENTENCES.error);
    this.name = "Problem";
    this.status = status;
    this.code = code;
    this.fields = body.fields ?? {};
    this.shortages = body.resources ?? [];
  }

  /** Nothing answered: the network is down, or the platform is. */
  get unreachable(): boolean {
    return this.code === "unreachable";
  }
}

function codeOfStatus(status: number): string {
  const codes: Record<number, string> = {
    0: "unreachable",
    400: "invalid_input",
    401: "not_signed_in",
    403: "not_allowed",
    404: "not_found",
    409: "conflict",
    429: "throttled",
    502: "unreachable",
    503: "unreachable",
    504: "unreachable",
  };
  return codes[status] ?? "error";
}

/** The problem that an answer other than 2xx states, whatever sent it. */
export async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text();
  let body: ProblemBody = {};
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null) body = parsed;
  } catch {
    // Not the portal but the front door answered, with a page of its own.
  }
  return new Problem(response.status, body);
}

export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem(-1, {});
}
