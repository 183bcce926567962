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
STAFF_POST = (302, 405, 405, 405, 405, 405)  # who may send it stands in POSTS

TABLE: dict[str, tuple[int, ...]] = {
    # Without a language.
    "home": everybody(302),
    "healthz": PUBLIC,
    "readyz": PUBLIC,
    "metrics": everybody(403),  # neither token nor addresses are set
    "set_language": everybody(302),
    "mail_returned": everybody(404),  # no provider is set
    "verify": everybody(404),  # no letter has this code
    # Public pages.
    "registration:workshops": PUBLIC,
    "registration:privacy": PUBLIC,
    "registration:landing": PUBLIC,
    "registration:background": PUBLIC,
    "registration:practical": PUBLIC,
    "registration:my_practical": PUBLIC,
    "registration:register": PUBLIC,
    "registration:registered": everybody(302),
    "registration:wrong_address": everybody(302),
    "registration:saved": everybody(302),
    "registration:draft": PUBLIC,
    "registration:link": PUBLIC,
    "registration:link_sent": PUBLIC,
    "agenda:page": PUBLIC,
    "agenda:calendar": PUBLIC,
    "agenda:json": PUBLIC,
    "agenda:pdf": PUBLIC,
    "agenda:en/<slug:slug>/agenda/agenda.ics": PUBLIC,
    "agenda:en/<slug:slug>/agenda/agenda.json": PUBLIC,
    "agenda:en/<slug:slug>/agenda/agenda.pdf": PUBLIC,
    "agenda:version": PUBLIC,
    "agenda:document": PUBLIC,
    "agenda:my_document": everybody(404),  # not confirmed yet
    "logistics:who-pays": PUBLIC,
    # The delegate's own: the link is the key, whoever holds it.
    "registration:my": PUBLIC,
    "registration:my_workshop": PUBLIC,
    "registration:my_workshop_worker": PUBLIC,
    "registration:confirm": POST_ONLY,
    "registration:edit": PUBLIC,
    "registration:cancel": PUBLIC,
    "registration:passport": PUBLIC,
    "registration:ticket_name": PUBLIC,
    "registration:own_data": PUBLIC,
    "registration:participants": everybody(404),  # the workshop does not publish it
    "registration:listed": POST_ONLY,
    "registration:withdraw": PUBLIC,
    "registration:withdrawn": PUBLIC,
    "registration:take_seat": POST_ONLY,
    "registration:new_address": PUBLIC,
    "logistics:travel": PUBLIC,
    "logistics:itinerary": everybody(404),  # no ticket yet
    "registration:letter": everybody(404),  # not approved yet
    "registration:sign": everybody(302),  # no letter yet: to the own page, which says so
    "registration:sealed": everybody(404),  # not accepted yet
    "registration:visa_letter": everybody(404),  # not issued
    # The delegation's own, for its focal point, and a nominated person's form: again the link is the key.
    "registration:delegation": PUBLIC,
    "registration:delegation_register": PUBLIC,
    "registration:delegation_nominate": POST_ONLY,
    "registration:delegation_head": POST_ONLY,
    "registration:delegation_replace": PUBLIC,
    "registration:delegation_withdraw": POST_ONLY,
    "registration:nomination": PUBLIC,
    # Signing in. Whoever is signed in is led on.
    "admin:login": (200, 302, 302, 302, 302, 302),
    "admin:logout": (302, 405, 405, 405, 405, 405),
    "account_login": everybody(302),
    "account_logout": (302, 200, 200, 200, 200, 200),
    "account_inactive": PUBLIC,
    "account_reauthenticate": (302, 200, 200, 200, 200, 200),
    "admin_password_reset": PUBLIC,
    "staff_password_sent": PUBLIC,
    "staff_new_password": everybody(404),  # the link of a delegate's page is none of these
    "staff_invitation": everybody(404),
    "staff_oidc": everybody(404),  # no server of the organisation is set: tests/portal/test_oidc.py
    "staff_oidc_callback": everybody(404),
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
    "admin:choose_workshop": ALL_STAFF,
    "admin:find": ALL_STAFF,
    "admin:all_lists": ALL_STAFF,
    "admin:password_change": ALL_STAFF,
    "admin:password_change_done": ALL_STAFF,
    "admin:jsi18n": ALL_STAFF,
    "admin:autocomplete": (302, 403, 403, 403, 403, 403),
    "admin:view_on_site": (302, 404, 404, 404, 404, 404),
    "admin:app_list": (302, 200, 404, 200, 404, 200),
    "admin:admin/(?P<url>.*)$": (302, 404, 404, 404, 404, 404),
    "admin:auth_user_password_change": staff_only("superuser"),
    # Staff pages of the agenda.
    "admin:agenda_programme_edit": STAFF_POST,
    "admin:agenda_programme_publish": STAFF_POST,
    "admin:agenda_programme_restore": STAFF_POST,
    "admin:agenda_programme_tell": STAFF_POST,
    "admin:agenda_programme_release": STAFF_POST,
    "admin:agenda_agendadocument_file": (302, 200, 404, 404, 404, 200),
    "admin:logistics_whatif_choose": (302, 302, 403, 403, 403, 302),  # the only workshop: led on
    "admin:logistics_whatif": staff_only("secretariat", "superuser"),
    "admin:logistics_ticket_list": (302, 405, 405, 405, 405, 405),
    "admin:logistics_ticket_changes": staff_only("iom", "superuser"),
    "admin:logistics_ticket_import": staff_only("iom", "superuser"),
    "admin:logistics_ticket_import_apply": (302, 405, 405, 405, 405, 405),
    "admin:logistics_ticketexport_file": (302, 403, 404, 403, 403, 404),  # its file was destroyed
    "admin:logistics_host_lists": staff_only("secretariat", "host", "superuser"),
    "admin:logistics_host_list": staff_only("secretariat", "host", "superuser"),
    "admin:logistics_host_list_download": (302, 405, 405, 405, 405, 405),
    "admin:logistics_host_room": staff_only("secretariat", "host", "superuser"),
    "admin:logistics_hostexport_file": (302, 404, 403, 404, 403, 404),  # its file was destroyed
    # Staff pages of registration.
    "admin:registration_workshop_participants": staff_only("secretariat", "host", "superuser"),
    "admin:registration_workshop_participants_file": STAFF_POST,
    "admin:registration_workshop_copy": staff_only("secretariat", "superuser"),
    "admin:registration_workshop_preset": staff_only("secretariat", "superuser"),
    "admin:registration_reminder_coming": staff_only("secretariat", "superuser"),
    "admin:registration_reminder_pause": (302, 404, 403, 403, 403, 404),  # nobody was reminded yet
    "admin:registration_reminder_resume": STAFF_POST,
    "admin:registration_reminder_send": STAFF_POST,
    "admin:registration_delegate_arrivals": staff_only("secretariat", "reception", "superuser"),
    "admin:registration_delegate_door": (302, 404, 403, 403, 404, 404),  # nobody has this code
    "admin:registration_delegate_walk_in": staff_only("secretariat", "reception", "superuser"),
    "admin:registration_delegate_badges": staff_only("secretariat", "reception", "superuser"),
    "admin:registration_delegate_arrived": STAFF_POST,
    "admin:registration_delegate_not_arrived": STAFF_POST,
    "admin:registration_invitationletter_pdf": (302, 404, 403, 403, 403, 404),  # not rendered yet
    "admin:registration_invitationletter_sealed": (302, 404, 403, 403, 403, 404),  # not sealed yet
    "admin:registration_invitationletter_extend": staff_only("secretariat", "superuser"),
    "admin:registration_invitationletter_reissue": staff_only("secretariat", "superuser"),
    "admin:registration_signedscan_page": staff_only("secretariat", "superuser"),
    "admin:registration_signedscan_file": staff_only("secretariat", "superuser"),
    "admin:registration_signedscan_confirm": STAFF_POST,
    "admin:registration_signedscan_refuse": STAFF_POST,
    "admin:registration_lettertext_preview": STAFF_POST,
    "admin:registration_practicalpart_telling": staff_only("secretariat", "superuser"),
    "admin:registration_practicalpart_tell": STAFF_POST,
    "admin:registration_practicalpart_release": STAFF_POST,
    "admin:registration_delegate_write": STAFF_POST,
    "admin:registration_delegation_write": STAFF_POST,
    "admin:registration_message_release": STAFF_POST,
    "admin:registration_delegation_focal_points": staff_only("secretariat", "superuser"),
    "admin:registration_lettertext_workshop": staff_only("secretariat", "superuser"),
    "admin:registration_workshop_setup": staff_only("secretariat", "superuser"),
    "admin:registration_workshop_setup_back": STAFF_POST,
    "admin:registration_signatoryimage_picture": staff_only("secretariat", "superuser"),
    "admin:registration_delegate_decide": staff_only("secretariat", "superuser"),
    "admin:registration_delegate_settle_change": STAFF_POST,
    "admin:registration_delegate_promote": staff_only("secretariat", "superuser"),
    "admin:registration_delegate_reorder": staff_only("secretariat", "superuser"),
    "admin:registration_delegate_move": staff_only("secretariat", "superuser"),
    "admin:registration_delegate_address": staff_only("secretariat", "superuser"),
    "admin:registration_delegate_head": (302, 405, 405, 405, 405, 405),
    "admin:registration_delegate_duplicates": staff_only("secretariat", "superuser"),
    "admin:registration_delegate_duplicate_pair": (302, 302, 403, 403, 403, 302),  # no pair: back to the list
    "admin:registration_delegation_link": (302, 405, 405, 405, 405, 405),
    "admin:registration_delegate_needs": staff_only("secretariat", "superuser"),
    "admin:registration_delegate_passport": staff_only("secretariat", "superuser"),
    "admin:registration_delegate_about": (302, 302, 403, 403, 403, 302),  # leads to whom it names
    "admin:registration_delegate_correct": staff_only("secretariat", "superuser"),
    "admin:registration_delegate_signed": (
        302,
        302,
        403,
        403,
        403,
        302,
    ),  # no letter to be signed: back to the case
    "admin:logistics_travel": staff_only("secretariat", "superuser"),
    "admin:registration_delegate_passports": (
        302,
        302,
        403,
        403,
        403,
        302,
    ),  # leads to the first, or to the list
    "admin:registration_delegate_passport_copy": (302, 400, 403, 403, 403, 400),  # asks why first
    "admin:registration_delegate_passport_page": staff_only("secretariat", "superuser"),
    "admin:registration_delegate_passport_verify": (302, 405, 405, 405, 405, 405),
    "admin:registration_delegate_passport_withdraw": (302, 405, 405, 405, 405, 405),
    "admin:registration_delegate_visa_letter": staff_only("secretariat", "superuser"),
    "admin:registration_delegate_visa_letter_file": (302, 404, 403, 403, 403, 404),  # not issued
    "admin:registration_delegate_passport_ask": (302, 405, 405, 405, 405, 405),
}


# Staff addresses that change something: who may send them a POST. Everybody else gets 403, the anonymous the sign-in.
POSTS: dict[str, tuple[str, ...]] = {
    "admin:choose_workshop": STAFF,
    "admin:agenda_programme_edit": ("secretariat", "superuser"),
    "admin:agenda_programme_publish": ("secretariat", "superuser"),
    "admin:agenda_programme_restore": ("secretariat", "superuser"),
    "admin:agenda_programme_tell": ("secretariat", "superuser"),
    "admin:agenda_programme_release": ("secretariat", "superuser"),
    "admin:registration_workshop_participants_file": ("secretariat", "host", "superuser"),
    "admin:registration_reminder_pause": ("secretariat", "superuser"),
    "admin:registration_reminder_resume": ("secretariat", "superuser"),
    "admin:registration_reminder_send": ("secretariat", "superuser"),
    "admin:registration_delegate_arrived": ("secretariat", "reception", "superuser"),
    "admin:registration_delegate_not_arrived": ("secretariat", "reception", "superuser"),
    "admin:registration_delegate_decide": ("secretariat", "superuser"),
    "admin:registration_delegate_settle_change": ("secretariat", "superuser"),
    "admin:registration_delegate_passport_verify": ("secretariat", "superuser"),
    "admin:registration_delegate_passport_ask": ("secretariat", "superuser"),
    "admin:registration_delegate_passport_withdraw": ("secretariat", "superuser"),
    "admin:registration_delegate_visa_letter": ("secretariat", "superuser"),
    "admin:registration_invitationletter_extend": ("secretariat", "superuser"),
    "admin:registration_signedscan_confirm": ("secretariat", "superuser"),
    "admin:registration_signedscan_refuse": ("secretariat", "superuser"),
    "admin:registration_lettertext_preview": ("secretariat", "superuser"),
    "admin:registration_practicalpart_tell": ("secretariat", "superuser"),
    "admin:registration_practicalpart_release": ("secretariat", "superuser"),
    "admin:registration_delegate_write": ("secretariat", "superuser"),
    "admin:registration_delegation_write": ("secretariat", "superuser"),
    "admin:registration_message_release": ("secretariat", "superuser"),
    "admin:registration_lettertext_workshop": ("secretariat", "superuser"),
    "admin:registration_workshop_setup": ("secretariat", "superuser"),
    "admin:registration_workshop_setup_back": ("secretariat", "superuser"),
    "admin:registration_invitationletter_reissue": ("secretariat", "superuser"),
    "admin:registration_delegate_promote": ("secretariat", "superuser"),
    "admin:registration_delegate_reorder": ("secretariat", "superuser"),
    "admin:registration_delegate_move": ("secretariat", "superuser"),
    "admin:registration_delegate_address": ("secretariat", "superuser"),
    "admin:registration_delegate_head": ("secretariat", "superuser"),
    "admin:registration_delegate_duplicates": ("secretariat", "superuser"),
    "admin:registration_delegate_duplicate_pair": ("secretariat", "superuser"),
    "admin:registration_delegation_link": ("secretariat", "superuser"),
    "admin:registration_delegate_add": ("secretariat", "superuser"),
    "admin:registration_delegate_correct": ("secretariat", "superuser"),
    "admin:registration_delegate_signed": ("secretariat", "superuser"),
    "admin:logistics_travel": ("secretariat", "superuser"),
    "admin:registration_workshop_add": ("secretariat", "superuser"),
    "admin:registration_workshop_copy": ("secretariat", "superuser"),
    "admin:logistics_whatif": ("secretariat", "superuser"),
    "admin:logistics_host_list_download": ("secretariat", "host", "superuser"),
    "admin:logistics_host_room": ("secretariat", "host", "superuser"),
    "admin:logistics_ticket_list": ("iom", "superuser"),
    "admin:logistics_ticket_import_apply": ("iom", "superuser"),
}


@dataclass(frozen=True)
class Model:
    """Who may list and open (view), add, and delete in the admin; changing shows in the same page as viewing."""

    view: tuple[str, ...]
    add: tuple[str, ...] = ()
    delete: tuple[str, ...] = ()
    empty: bool = False  # the world has none: its page leads back to the index
    leaves: bool = True  # as a file, by whoever may list it


BOTH = ("secretariat", "superuser")
HOSTING = ("secretariat", "host", "superuser")
ADMIN: dict[str, Model] = {
    "portal_outgoingmail": Model(view=BOTH),
    "portal_undeliverableaddress": Model(view=BOTH),
    "portal_accessrecord": Model(view=("superuser",)),
    "registration_destructionreport": Model(view=BOTH),
    "registration_workshop": Model(view=BOTH, add=BOTH, delete=("superuser",)),
    "registration_party": Model(view=BOTH, add=BOTH, delete=("superuser",)),
    "registration_incomeclassification": Model(view=BOTH, add=BOTH, delete=("superuser",)),
    "registration_delegation": Model(view=BOTH, add=BOTH, delete=("superuser",)),
    "registration_delegate": Model(view=BOTH, add=BOTH),
    "registration_invitationletter": Model(view=BOTH),
    "registration_signedscan": Model(view=BOTH),
    "registration_batch": Model(view=BOTH),
    "registration_signatoryimage": Model(view=BOTH, add=BOTH),
    "registration_practicalpart": Model(view=HOSTING, add=BOTH, delete=BOTH),
    "registration_backgroundsection": Model(view=BOTH, add=BOTH, delete=BOTH),
    "registration_lettertext": Model(view=BOTH),
    "registration_message": Model(view=BOTH),
    "registration_savedtext": Model(view=BOTH, add=BOTH, delete=BOTH),
    "registration_reminderrule": Model(view=BOTH, add=BOTH, delete=("superuser",)),
    "registration_reminder": Model(view=BOTH, empty=True),
    "agenda_programme": Model(view=BOTH, leaves=False),
    "agenda_agendaday": Model(view=BOTH, add=BOTH, delete=BOTH),
    "agenda_agendaitem": Model(view=BOTH, add=BOTH, delete=BOTH),
    "agenda_agendadocument": Model(view=BOTH, add=BOTH, delete=BOTH),
    "logistics_payer": Model(view=BOTH, add=BOTH, delete=("superuser",)),
    "logistics_benefit": Model(view=BOTH, add=BOTH, delete=("superuser",)),
    "logistics_travelrules": Model(view=BOTH, add=BOTH, delete=("superuser",)),
    "logistics_airport": Model(view=BOTH, add=BOTH, delete=("superuser",)),
    "logistics_entitlement": Model(view=BOTH),
    "logistics_rulechange": Model(view=BOTH, empty=True),
    "logistics_flightentitlement": Model(view=("iom", "superuser"), leaves=False),
    "logistics_ticketexport": Model(view=("iom", "superuser")),
    "logistics_hostworkshop": Model(view=HOSTING, leaves=False),
    "logistics_hostexport": Model(view=HOSTING),
    "auth_user": Model(view=("superuser",), add=("superuser",), delete=("superuser",)),
    "auth_group": Model(view=("superuser",), add=("superuser",), delete=("superuser",)),
}


def rows() -> dict[str, tuple[int, ...]]:
    """The whole table: TABLE and the addresses of each model of ADMIN."""
    table = dict(TABLE)
    for name, model in ADMIN.items():
        app, model_name = name.split("_", 1)
        table[f"admin:{name}_changelist"] = staff_only(*model.view)
        if model.leaves:
            table[f"admin:{name}_export"] = staff_only(*model.view)
        table[f"admin:{name}_add"] = staff_only(*model.add)
        if model.empty:
            table[f"admin:{name}_change"] = tuple(
                302 if status == 200 else status for status in staff_only(*model.view)
            )
            table[f"admin:{name}_history"] = everybody(302)
        else:
            table[f"admin:{name}_change"] = table[f"admin:{name}_history"] = staff_only(*model.view)
        table[f"admin:{name}_delete"] = staff_only(*model.delete)
        # Django's older address of the change page leads to the newer one.
        table[f"admin:admin/{app}/{model_name}/<path:object_id>/"] = everybody(302)
    return table
