"""The words by which a registration is found, whoever types them and on what. Pure: no database."""

from rcm_portal.search.folding import fold, searchable

from ..names import airline_name


def delegate_text(
    *,
    given_names: str,
    surnames: str,
    badge_name: str,
    institution: str,
    email: str,
    code: str,
    party: str,
) -> str:
    """Names, institution, e-mail address, code and the search text of the party.

    Each name stands there in one piece as well (`oneill` finds O Neill, `delacruz` de la Cruz), and as the passport's zone
    and the ticket write it (`mueller` finds Müller). Nothing of the passport itself: that is encrypted.
    """
    on_ticket = airline_name(surnames, given_names)
    pieces = [fold(name).replace(" ", "") for name in (given_names, surnames, badge_name)]
    return searchable(
        given_names,
        surnames,
        badge_name,
        *pieces,
        on_ticket.surname,
        on_ticket.given,
        code,
        institution,
        email,
        party,
    )
