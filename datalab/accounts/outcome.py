"""What the sign-in page is told when somebody could not be signed in."""

from enum import StrEnum

from django.http import HttpRequest, HttpResponseRedirect

from datalab.core.metrics import SIGN_INS_REFUSED

_KEY = "datalab.sign_in_error"


class SignInError(StrEnum):
    """The `error` of `/sign-in?error=…`."""

    NO_ACCESS = "no_access"  # signed in at the issuer, but no group gives access here
    FAILED = "failed"  # the issuer's answer was refused
    TRY_AGAIN = "try_again"  # too old, or the issuer did not answer


def note_failure(request: HttpRequest, error: SignInError) -> None:
    request.META[_KEY] = error


def noted_failure(request: HttpRequest) -> SignInError:
    return SignInError(request.META.get(_KEY, SignInError.FAILED))


def failure_page(error: SignInError) -> HttpResponseRedirect:
    SIGN_INS_REFUSED.labels(reason=error).inc()
    return HttpResponseRedirect(f"/sign-in?error={error}")
