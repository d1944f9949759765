"""Who may watch a tenant's services: asked when a stream opens, and again while it lasts.

Plain functions of the database, run in the thread pool. No middleware has been here before, so
Django's session is read by the same rules as in `django.contrib.auth.get_user`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils.crypto import constant_time_compare

from datalab.accounts.authentication import user_of_bearer
from datalab.accounts.models import ApiToken, User, digest_of
from datalab.accounts.reach import EVERYTHING, Reach, Verb
from datalab.core.errors import NotAllowed, NotFound, NotSignedIn
from datalab.gate.rights import insiders, is_our_token
from datalab.launcher.models import Service
from datalab.providers.cluster.base import ReleaseRef
from datalab.tenants.lifecycle import Role
from datalab.tenants.scope import tenant_for

ISSUED_FOR = timedelta(minutes=5)
"""How long a stream lasts that was opened with the issuer's token, which cannot be asked about."""
_ALL_ROLES = [role.value for role in Role]
_SIGN_IN = "Sign in, or send a token."


class Shown(StrEnum):
    SESSION = "session"
    TOKEN = "token"  # noqa: S105 - a kind of thing
    ISSUED = "issued"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watcher:
    kind: Shown
    id: str
    user: int
    until: datetime | None = None
    reach: Reach = EVERYTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Why a stream may exist."""

    watcher: Watcher
    tenant: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A tenant's services, or one of them."""

    tenant: UUID
    service: UUID | None = None
    ref: ReleaseRef | None = None


def watcher_of(*, session: str, bearer: str, at: datetime, address: str = "") -> Watcher:
    """Raises NotSignedIn. A token that is refused is not made good by a session."""
    if bearer:
        return _with_token(bearer, at, address)
    user = _users_of_sessions([session], at).get(session)
    if user is None:
        raise NotSignedIn(_SIGN_IN)
    return Watcher(kind=Shown.SESSION, id=session, user=user)


def watched_by(watcher: Watcher, tenant: str, service: str) -> Watched:
    """`service` is an id, a name, or empty for all. Raises NotFound for another tenant's."""
    user = User.objects.get(pk=watcher.user).within(watcher.reach)
    found, _ = tenant_for(user, tenant)
    if not service:
        return Watched(tenant=found.id)
    services = Service.objects.filter(tenant=found)
    try:
        row = services.filter(pk=UUID(service)).first()
    except ValueError:
        row = services.filter(name=service).first()
    if row is None:
        raise NotFound("No such service.")
    ref = ReleaseRef(namespace=found.namespace, name=row.name)
    return Watched(tenant=found.id, service=row.id, ref=ref)


def still_watching(watches: Collection[Watch], at: datetime) -> set[Watch]:
    """Those whose streams may go on."""
    watchers = {watch.watcher for watch in watches}
    tokens = _usable_tokens(watchers, at)
    present = _present(watchers, tokens, at)
    inside = insiders(
        (watcher.user for watcher in watchers),
        (watch.tenant for watch in watches),
        roles=_ALL_ROLES,
    )
    return {
        watch
        for watch in watches
        if watch.watcher in present
        and (watch.watcher.user, watch.tenant) in inside
        and tokens.get(watch.watcher.id, EVERYTHING).covers(watch.tenant)
    }


def _with_token(bearer: str, at: datetime, address: str) -> Watcher:
    user = user_of_bearer(bearer, address=address)
    if Verb.READ not in user.reach.verbs:
        raise NotAllowed("To watch, a token needs the verb read.")
    if not is_our_token(bearer):
        return Watcher(kind=Shown.ISSUED, id="", user=user.pk, until=at + ISSUED_FOR)
    row = ApiToken.objects.usable(at).filter(digest=digest_of(bearer)).first()
    if row is None:
        raise NotSignedIn(_SIGN_IN)
    return Watcher(kind=Shown.TOKEN, id=str(row.id), user=user.pk, reach=user.reach)


def _usable_tokens(watchers: Collection[Watcher], at: datetime) -> Mapping[str, Reach]:
    """How far they reach now: a tenant's admin may have taken the tenant out."""
    ids = [one.id for one in watchers if one.kind is Shown.TOKEN]
    if not ids:
        return {}
    rows = ApiToken.objects.usable(at).filter(pk__in=ids)
    return {
        str(row.pk): row.reach for row in rows.select_related("user").prefetch_related("limits")
    }


def _present(
    watchers: Collection[Watcher], tokens: Mapping[str, Reach], at: datetime
) -> set[Watcher]:
    """Those that would be let in again with what they showed."""
    ids = {kind: [one.id for one in watchers if one.kind is kind] for kind in Shown}
    sessions = _users_of_sessions(ids[Shown.SESSION], at)
    users = [one.user for one in watchers if one.kind is Shown.ISSUED]
    active = set(User.objects.filter(pk__in=users, is_active=True).values_list("pk", flat=True))

    def is_present(one: Watcher) -> bool:
        match one.kind:
            case Shown.SESSION:
                return sessions.get(one.id) == one.user
            case Shown.TOKEN:
                return one.id in tokens
            case Shown.ISSUED:
                return one.user in active and one.until is not None and at < one.until

    return {one for one in watchers if is_present(one)}


def _users_of_sessions(keys: Collection[str], at: datetime) -> Mapping[str, int]:
    """Session key -> user, for sessions that are signed in still."""
    keys = [key for key in keys if key]
    if not keys:
        return {}
    found = Session.objects.filter(session_key__in=keys, expire_date__gt=at)
    return dict(_signed_in(found))


def _signed_in(sessions: Iterable[Session]) -> Iterator[tuple[str, int]]:
    contents = {row.session_key: row.get_decoded() for row in sessions}
    ids = {str(kept[SESSION_KEY]) for kept in contents.values() if SESSION_KEY in kept}
    users = {str(user.pk): user for user in User.objects.filter(pk__in=ids, is_active=True)}
    for key, kept in contents.items():
        user = users.get(kept.get(SESSION_KEY, ""))
        backend = kept.get(BACKEND_SESSION_KEY)
        known = user is not None and backend in settings.AUTHENTICATION_BACKENDS
        if user is not None and known and _hash_fits(user, kept.get(HASH_SESSION_KEY, "")):
            yield key, user.pk


def _hash_fits(user: User, kept: str) -> bool:
    """It no longer does once the password has changed."""
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return any(constant_time_compare(kept, one) for one in hashes)
