"""The what-if page: staff change days, income groups and rules, see who would gain and lose, and save it or not."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

from registration.models import Party, Workshop
from registration.queries.chosen_workshop import spoken_of

from .. import perms
from ..exceptions import LogisticsError
from ..forms.what_if import WhatIfForm
from ..models import Benefit
from ..queries.entitlements import load_rules
from ..queries.history_words import Words
from ..services import what_if as whatif


def urls(site):
    """The addresses, beside those of the benefits."""
    return [
        path(
            "what-if/", site.admin_view(lambda request: choose(request, site)), name="logistics_whatif_choose"
        ),
        path(
            "what-if/<slug:slug>/",
            site.admin_view(lambda request, slug: what_if(request, slug, site)),
            name="logistics_whatif",
        ),
    ]


def _allowed(request: HttpRequest) -> None:
    if not perms.may_change_rules(request.user):
        raise PermissionDenied


def choose(request: HttpRequest, site) -> HttpResponse:
    """Which workshop; the only one without asking."""
    _allowed(request)
    workshops = list(spoken_of(request.user).filter(benefits__isnull=False).distinct())
    if len(workshops) == 1:
        return redirect("admin:logistics_whatif", workshops[0].slug)
    context = {**site.each_context(request), "title": _("What if …?"), "workshops": workshops}
    context["opts"] = Benefit._meta
    return render(request, "admin/logistics/what_if_choose.html", context)


def what_if(request: HttpRequest, slug: str, site) -> HttpResponse:
    """Look at a change first; save exactly what was looked at."""
    _allowed(request)
    workshop = get_object_or_404(Workshop, slug=slug)
    form = WhatIfForm(request.POST or None, workshop=workshop)
    result = refused = None
    if request.method == "POST" and form.is_valid():
        now, proposal = timezone.now(), form.proposal()
        try:
            if "save" in request.POST:
                result = whatif.save(
                    workshop=workshop,
                    proposal=proposal,
                    seen=form.cleaned_data["seen"],
                    by=request.user,
                    note=form.cleaned_data["note"],
                    now=now,
                )
                messages.success(
                    request, _("The change is saved, and what it changed for whom is written down.")
                )
                return redirect("admin:logistics_rulechange_changelist")
            result = whatif.preview(workshop=workshop, proposal=proposal, now=now)
        except whatif.SeenOtherwise as other:
            result = other.result
            refused = _("Nothing was saved: this is not what you looked at. Please look again.")
        except LogisticsError as error:
            refused = str(error.message)
    context = {
        **site.each_context(request),
        "title": _("What if …?"),
        "workshop": workshop,
        "opts": Benefit._meta,
        "form": form,
        "refused": refused,
        **shown(workshop, result),
    }
    bad = form.is_bound and (bool(form.errors) or refused is not None)
    return render(request, "admin/logistics/what_if.html", context, status=400 if bad else 200)


def shown(workshop: Workshop, result: whatif.Result | None) -> dict:
    """The result in words; without one, how the rules stand now."""
    if result is None:
        words = Words([workshop])
        found = load_rules(workshop).disagreements()
        return {"disagreements": [words.disagreement(workshop, each) for each in found]}
    workshops = {each.pk: each for each in Workshop.objects.filter(pk__in=result.edited)}
    words = Words(workshops.values())
    parties = {party.pk: words.parties[party.code] for party in Party.objects.all()}
    return {
        "result": result,
        "edits": words.edits(workshop.pk, result.edited[workshop.pk]),
        "gained": words.lines(result.gained),
        "lost": words.lines(result.lost),
        "flagged": words.lines(result.flagged),
        "parties": _by_party(result, words, parties),
        "totals": list(zip(result.totals_before, result.totals_after, strict=True)),
        "others": [each for pk, each in workshops.items() if pk != workshop.pk],
        "disagreements": [words.disagreement(workshop, each) for each in result.disagreements],
    }


def _by_party(result: whatif.Result, words: Words, parties: dict[int, str]) -> list[tuple[str, list, bool]]:
    """Each party once for what it gains and once for what it loses."""
    found: dict[tuple[int, bool], list] = {}
    for each in result.parties:
        found.setdefault((each.party_id, each.covered), []).append(words.benefits[each.benefit_id])
    return [(parties[party_id], benefits, covered) for (party_id, covered), benefits in found.items()]
