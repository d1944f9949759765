"""The database itself refuses to change events: triggers, on SQLite and PostgreSQL.

They are set after each `migrate`, not by one migration: where Django alters a table of SQLite it
makes a new one, and the old one's triggers are gone with it.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

KEPT_AT_LEAST_DAYS = 30
"""No retention is shorter: the trigger refuses it, whatever the settings say."""
REFUSED = "audit events are never changed"

_MAY_GO = "EXISTS (SELECT 1 FROM audit_retentionpass AS pass WHERE OLD.at < pass.until)"
"""Set and taken away within one transaction, so no other connection ever sees it."""

_SQLITE = (
    "DROP TRIGGER IF EXISTS audit_event_update",
    f"""CREATE TRIGGER audit_event_update BEFORE UPDATE ON audit_event
        BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END""",
    "DROP TRIGGER IF EXISTS audit_event_delete",
    f"""CREATE TRIGGER audit_event_delete BEFORE DELETE ON audit_event
        WHEN NOT ({_MAY_GO}
                  AND julianday(OLD.at) < julianday('now', '-{KEPT_AT_LEAST_DAYS} days'))
        BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END""",
    # `INSERT OR REPLACE` deletes without asking the trigger above.
    "DROP TRIGGER IF EXISTS audit_event_replace",
    f"""CREATE TRIGGER audit_event_replace BEFORE INSERT ON audit_event
        WHEN EXISTS (SELECT 1 FROM audit_event WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END""",  # noqa: S608 - of constants
)
_POSTGRESQL = (
    f"""CREATE OR REPLACE FUNCTION audit_event_stays() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'DELETE' THEN
        IF OLD.at < now() - interval '{KEPT_AT_LEAST_DAYS} days' AND {_MAY_GO} THEN
          RETURN OLD;
        END IF;
      END IF;
      RAISE EXCEPTION '{REFUSED}';
    END $$""",
    "DROP TRIGGER IF EXISTS audit_event_row ON audit_event",
    """CREATE TRIGGER audit_event_row BEFORE UPDATE OR DELETE ON audit_event
       FOR EACH ROW EXECUTE FUNCTION audit_event_stays()""",
    "DROP TRIGGER IF EXISTS audit_event_table ON audit_event",
    """CREATE TRIGGER audit_event_table BEFORE TRUNCATE ON audit_event
       FOR EACH STATEMENT EXECUTE FUNCTION audit_event_stays()""",
)
_AWAY = {
    "sqlite": (
        "DROP TRIGGER IF EXISTS audit_event_update",
        "DROP TRIGGER IF EXISTS audit_event_delete",
        "DROP TRIGGER IF EXISTS audit_event_replace",
    ),
    "postgresql": (
        "DROP TRIGGER IF EXISTS audit_event_row ON audit_event",
        "DROP TRIGGER IF EXISTS audit_event_table ON audit_event",
    ),
}


def guard(connection: BaseDatabaseWrapper) -> None:
    """Set the triggers; again is the same."""
    _run(connection, {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}[connection.vendor])


def unguard(connection: BaseDatabaseWrapper) -> None:
    """For tests, which empty all tables, and for moving to another database."""
    _run(connection, _AWAY[connection.vendor])


def _run(connection: BaseDatabaseWrapper, statements: tuple[str, ...]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
