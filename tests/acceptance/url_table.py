"""Who may open what: every address of the portal stands here, with the status of a GET for each role.

A new address fails tests/acceptance/test_access.py until it has its row. Statuses in the order of ROLES.
"""

from dataclasses import dataclass

ROLES = ("anonymous", "secretariat", "iom", "host", "reception", "superuser")
STAFF = ROLES[1:]


def everybody(status: int) -> tuple[int, ...]:
    return (status,) * len(ROLES)


def staff_only(*roles: str) -> tuple[int, ...]:
    """200 for these roles, the sign-in for the anonymous, 403 for other staff."""
    return tuple(302 if role == "anonymous" else 200 if role in roles else 403 for role in ROLES)


PUBLIC = everybody(200)
POST_ONLY = everybody(405)
ALL_STAFF = staff_only(*STAFF)

TABLE: dict[str, tuple[int, ...]] = {
    # Without a language.
    "home": everybody(302),
    "healthz": PUBLIC,
    "readyz": PUBLIC,
    "set_language": everybody(302),
    "verify": everybody(404),  # no letter has this code
    # Public pages.
    "registration:workshops": PUBLIC,
    "registration:privacy": PUBLIC,
    "registration:landing": PUBLIC,
    "registration:register": PUBLIC,
    "registration:registered": everybody(302),
    "registration:link": PUBLIC,
    "registration:link_sent": PUBLIC,
    "agenda:page": PUBLIC,
    "agenda:calendar": PUBLIC,
    "agenda:json": PUBLIC,
    "agenda:pdf": PUBLIC,
    "agenda:en/<slug:slug>/agenda/agenda.ics": PUBLIC,
    "agenda:en/<slug:slug>/agenda/agenda.json": PUBLIC,
    "agenda:en/<slug:slug>/agenda/agenda.pdf": PUBLIC,
    "agenda:document": everybody(404),  # no such document
    "agenda:my_document": everybody(404),
    "logistics:who-pays": PUBLIC,
    # The delegate's own: the link is the key, whoever holds it.
    "registration:my": PUBLIC,
    "registration:confirm": POST_ONLY,
    "registration:edit": PUBLIC,
    "registration:cancel": PUBLIC,
    "logistics:travel": PUBLIC,
    "logistics:itinerary": everybody(404),  # no ticket yet
    "registration:letter": everybody(404),  # not approved yet
    "registration:sign": everybody(404),
    # Signing in. Whoever is signed in is led on.
    "admin:login": (200, 302, 302, 302, 302, 302),
    "admin:logout": (302, 405, 405, 405, 405, 405),
    "account_login": everybody(302),
    "account_logout": (302, 200, 200, 200, 200, 200),
    "account_inactive": PUBLIC,
    "account_reauthenticate": (302, 200, 200, 200, 200, 200),
    "mfa_index": (302, 200, 200, 200, 200, 200),
    "mfa_authenticate": everybody(302),
    "mfa_reauthenticate": everybody(302),
    "mfa_activate_totp": everybody(302),  # asks for the password first
    "mfa_deactivate_totp": (302, 404, 404, 404, 404, 404),
    "mfa_view_recovery_codes": (302, 404, 404, 404, 404, 404),
    "mfa_generate_recovery_codes": everybody(302),
    "mfa_download_recovery_codes": (302, 404, 404, 404, 404, 404),
    "mfa_list_webauthn": (302, 200, 200, 200, 200, 200),
    "mfa_add_webauthn": everybody(302),
    "mfa_reauthenticate_webauthn": everybody(302),
    "mfa_remove_webauthn": everybody(302),
    "mfa_edit_webauthn": everybody(302),
    # Staff pages that belong to no model.
    "admin:index": ALL_STAFF,
    "admin:password_change": ALL_STAFF,
    "admin:password_change_done": ALL_STAFF,
    "admin:jsi18n": ALL_STAFF,
    "admin:autocomplete": (302, 403, 403, 403, 403, 403),
    "admin:view_on_site": (302, 404, 404, 404, 404, 404),
    "admin:app_list": (302, 200, 404, 404, 404, 200),
    "admin:admin/(?P<url>.*)$": (302, 404, 404, 404, 404, 404),
    "admin:auth_user_password_change": staff_only("superuser"),
    "admin:logistics_ticket_list": (302, 405, 405, 405, 405, 405),
    "admin:logistics_ticket_import": staff_only("iom", "superuser"),
    "admin:logistics_ticket_import_apply": (302, 405, 405, 405, 405, 405),
    "admin:logistics_ticketexport_file": (302, 403, 404, 403, 403, 404),  # no list was made yet
    # Staff pages of registration.
    "admin:registration_delegate_decide": staff_only("secretariat", "superuser"),
    "admin:registration_delegate_passport": staff_only("secretariat", "superuser"),
    "admin:registration_delegate_passport_copy": staff_only("secretariat", "superuser"),
    "admin:registration_delegate_passport_page": staff_only("secretariat", "superuser"),
    "admin:registration_delegate_passport_verify": (302, 405, 405, 405, 405, 405),
    "admin:registration_delegate_passport_withdraw": (302, 405, 405, 405, 405, 405),
    "admin:registration_delegate_passport_ask": (302, 405, 405, 405, 405, 405),
}


@dataclass(frozen=True)
class Model:
    """Who may list and open (view), add, and delete in the admin; changing shows in the same page as viewing."""

    view: tuple[str, ...]
    add: tuple[str, ...] = ()
    delete: tuple[str, ...] = ()


BOTH = ("secretariat", "superuser")
ADMIN: dict[str, Model] = {
    "portal_outgoingmail": Model(view=BOTH),
    "registration_workshop": Model(view=BOTH, add=("superuser",), delete=("superuser",)),
    "registration_party": Model(view=BOTH, add=BOTH, delete=("superuser",)),
    "registration_incomeclassification": Model(view=BOTH, add=BOTH, delete=("superuser",)),
    "registration_delegation": Model(view=BOTH, add=BOTH, delete=("superuser",)),
    "registration_delegate": Model(view=BOTH, add=BOTH),
    "logistics_payer": Model(view=BOTH, add=BOTH, delete=("superuser",)),
    "logistics_benefit": Model(view=BOTH, add=BOTH, delete=("superuser",)),
    "logistics_travelrules": Model(view=BOTH, add=("superuser",), delete=("superuser",)),
    "logistics_airport": Model(view=BOTH, add=BOTH, delete=("superuser",)),
    "logistics_entitlement": Model(view=BOTH),
    "logistics_flightentitlement": Model(view=("iom", "superuser")),
    "logistics_ticketexport": Model(view=("iom", "superuser")),
    "auth_user": Model(view=("superuser",), add=("superuser",), delete=("superuser",)),
    "auth_group": Model(view=("superuser",), add=("superuser",), delete=("superuser",)),
}


def rows() -> dict[str, tuple[int, ...]]:
    """The whole table: TABLE and the five addresses of each model of ADMIN."""
    table = dict(TABLE)
    for name, model in ADMIN.items():
        app, model_name = name.split("_", 1)
        table[f"admin:{name}_changelist"] = staff_only(*model.view)
        table[f"admin:{name}_add"] = staff_only(*model.add)
        table[f"admin:{name}_change"] = staff_only(*model.view)
        table[f"admin:{name}_history"] = staff_only(*model.view)
        table[f"admin:{name}_delete"] = staff_only(*model.delete)
        # Django's older address of the change page leads to the newer one.
        table[f"admin:admin/{app}/{model_name}/<path:object_id>/"] = everybody(302)
    return table
