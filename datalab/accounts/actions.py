"""What people do with their accounts."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.timezone import now

from datalab.accounts.models import ApiToken, TokenTenant, User, digest_of, new_token
from datalab.accounts.profile import Profile, remembered
from datalab.accounts.reach import Verb
from datalab.accounts.reconcile import replace_grants
from datalab.accounts.signals import asked_in, signed_in
from datalab.audit.models import EventType
from datalab.audit.record import Detail, Plain, record
from datalab.core.errors import Conflict, InvalidInput, NotFound
from datalab.core.names import slug
from datalab.providers.identity.base import Identity

MOST_TOKENS = 50
"""How many usable tokens one person may hold."""


@transaction.atomic
def sign_in(*, profile: Profile) -> User | None:
    """The person's account, made at the first sign-in. None where nothing lets them in.

    A group does, or somebody here: by hand, or with an invitation. A known person whose groups
    are all gone loses what came from groups.
    """
    identity, grants = profile.identity, profile.grants
    user = _known(identity)
    if user is None and (grants or _is_asked_in(identity, None)):
        user = _new_account(identity)
    if user is not None:
        _remember(user, identity)
        replace_grants(user, grants, by=user.username)
        signed_in.send(User, user=user, identity=identity)
    if user is None or not may_enter(user, profile):
        # Committed, unlike what a raised error would leave: a refusal is kept, too.
        record(
            EventType.SIGN_IN_REFUSED, actor=user.username if user else "", issuer=identity.issuer
        )
        return None
    record(EventType.SIGNED_IN, actor=user.username, issuer=identity.issuer)
    return user


def may_enter(user: User, profile: Profile) -> bool:
    """Default-deny: without a group, a right by hand or an invitation nobody comes in."""
    if not user.is_active:
        return False
    by_hand = user.platform_admin_by_hand
    return bool(profile.grants) or by_hand or _is_asked_in(profile.identity, user)


def _is_asked_in(identity: Identity, user: User | None) -> bool:
    answers: list[tuple[object, object]] = asked_in.send(User, identity=identity, user=user)  # type: ignore[assignment]
    return any(answer is True for _, answer in answers)


def _remember(user: User, identity: Identity) -> None:
    user.email = identity.email[:254]
    user.email_verified = identity.email_verified and len(identity.email) <= 254
    user.first_name = identity.display_name[:150]
    user.issuer_groups = remembered(identity.groups)
    user.groups_seen_at = now()
    user.save(
        update_fields=["email", "email_verified", "first_name", "issuer_groups", "groups_seen_at"]
    )


def note_sign_out(*, user: User) -> None:
    record(EventType.SIGNED_OUT, actor=user.username)


def _known(identity: Identity) -> User | None:
    """Never by e-mail or user name: those can be given to somebody else."""
    return User.objects.filter(issuer=identity.issuer, subject=identity.subject).first()


def _new_account(identity: Identity) -> User:
    user = User(issuer=identity.issuer, subject=identity.subject)
    user.username = _free_username(identity)
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:
        # The same person, signing in twice for the first time: the other one was first.
        return User.objects.get(issuer=identity.issuer, subject=identity.subject)
    return user


def _free_username(identity: Identity) -> str:
    """The issuer's name for the person where it is free; it never changes afterwards."""
    wanted = identity.username or identity.subject
    try:
        UnicodeUsernameValidator()(wanted)
    except ValidationError:
        wanted = slug(wanted)
    if len(wanted) <= 100 and not User.objects.filter(username__iexact=wanted).exists():
        return wanted
    return slug(f"{wanted}\n{identity.issuer}\n{identity.subject}")


@transaction.atomic
def create_token(
    *,
    user: User,
    name: str,
    valid_for: timedelta,
    now: datetime,
    verbs: Collection[Verb] = tuple(Verb),
    tenants: Mapping[UUID, str] | None = None,
) -> tuple[ApiToken, str]:
    """The row and the token itself, which nobody can read again.

    `tenants` maps ids to names; None is all that the owner is in, now and later. One that is made
    with a token ends with that at the latest.
    """
    longest = settings.TOKEN_LONGEST
    if not timedelta() < valid_for <= longest:
        text = f"must be between 1 and {longest.days} days"
        raise InvalidInput(f"expires_in_days: {text}", fields={"expires_in_days": text})
    if user.api_tokens.usable(now).count() >= MOST_TOKENS:
        raise Conflict(f"You have {MOST_TOKENS} tokens already. Delete one that is not used.")
    token = new_token()
    row = ApiToken.objects.create(
        user=user,
        name=name,
        digest=digest_of(token),
        created_at=now,
        expires_at=min(now + valid_for, user.reach.until or datetime.max.replace(tzinfo=UTC)),
        verbs=[verb.value for verb in Verb if verb in verbs],
        all_tenants=tenants is None,
    )
    TokenTenant.objects.bulk_create(TokenTenant(token=row, tenant_id=one) for one in tenants or ())
    after: dict[str, Detail] = {
        "verbs": list(row.verbs),
        "tenants": None if tenants is None else list[Plain](sorted(tenants.values())),
        "expires_at": row.expires_at.isoformat(),
    }
    record(
        EventType.TOKEN_CREATED,
        actor=user.username,
        after=after,
        token_id=str(row.id),
        name=name,
    )
    return row, token


@transaction.atomic
def revoke_token(*, token_id: UUID, by: User) -> None:
    """One's own; a platform administrator anybody's."""
    rows = ApiToken.objects.filter(id=token_id).select_related("user")
    row = rows.first() if by.is_platform_admin else rows.filter(user=by).first()
    if row is None:
        raise NotFound("There is no such token.")
    end_token(row, by=by.username)


def end_token(row: ApiToken, *, by: str, tenant_id: UUID | None = None, why: str = "") -> None:
    """Inside the caller's transaction."""
    record(
        EventType.TOKEN_REVOKED,
        actor=by,
        tenant_id=tenant_id,
        token_id=str(row.id),
        name=row.name,
        owner=row.user.username,
        why=why,
    )
    row.delete()
